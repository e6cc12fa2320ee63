import type { Explanation } from './explanation.ts';
import type { Host } from './host.ts';

/** Capabilities of another user namespace than the initial one count for nothing in bpf(2) and perf_event_open(2). */
export function explainUserNamespace(host: Host): Explanation | undefined {
  const link = host.readLink('/proc/self/ns/user');
  if (link === undefined || link === initialUserNamespace) return undefined;
  return {
    reason:
      'this process is in a user namespace (a rootless container?), whose capabilities do not count for BPF',
    remedy: 'run it with sudo on the host, or in a container that is not rootless',
  };
}

/** PROC_USER_INIT_INO (0xeffffffd), include/linux/proc_ns.h. */
const initialUserNamespace = 'user:[4026531837]';
