import type { AttachKind } from './attach-kind.ts';
import type { Explanation } from './explanation.ts';
import { findContainer } from './find-container.ts';
import type { Host } from './host.ts';
import { isAtLeast } from './kernel-version.ts';
import { explainLockdown } from './lockdown.ts';
import { explainMissingCapabilities } from './missing-capabilities.ts';
import { explainUserNamespace } from './user-namespace.ts';

/** Why the kernel answered "not permitted" to this process: the likeliest of the possible reasons. */
export function explainRefusal(host: Host, kind: AttachKind): Explanation {
  return (
    explainUserNamespace(host) ??
    explainMissingCapabilities(host, kind) ??
    explainLockdown(host) ??
    explainMemoryLimit(host) ??
    explainSeccomp(host) ??
    explainSecurityModule(host) ?? {
      reason: 'the kernel refused it although no capability is missing',
      remedy: 'look for the reason in the kernel log: dmesg',
    }
  );
}

/** Before Linux 5.11, BPF maps were charged to RLIMIT_MEMLOCK, and what exceeded it was EPERM. */
function explainMemoryLimit(host: Host): Explanation | undefined {
  if (isAtLeast(host.release, 5, 11)) return undefined;
  const limits = host.readFile('/proc/self/limits') ?? '';
  const softBytes = /^Max locked memory\s+(\d+)/m.exec(limits)?.[1];
  if (softBytes === undefined) return undefined;
  return {
    reason: `the limit of locked memory is ${softBytes} bytes, and this kernel counts BPF maps against it`,
    remedy: 'raise it before: ulimit -l unlimited',
  };
}

function explainSeccomp(host: Host): Explanation | undefined {
  const isFiltered = /^Seccomp:\s*2$/m.test(host.readFile('/proc/self/status') ?? '');
  if (!isFiltered) return undefined;
  return {
    reason:
      'no capability is missing, but a seccomp filter is active and may forbid bpf(2) or perf_event_open(2)',
    remedy:
      findContainer(host) === undefined
        ? 'run it outside the sandbox that filters its system calls'
        : 'start the container with --privileged, or with --security-opt seccomp=unconfined',
  };
}

function explainSecurityModule(host: Host): Explanation | undefined {
  if (host.readFile('/sys/fs/selinux/enforce')?.trim() === '1') {
    return {
      reason: 'no capability is missing, but SELinux is enforcing and may forbid it',
      remedy: 'look for the denial: ausearch -m avc -ts recent',
    };
  }
  const profile = host.readFile('/proc/self/attr/current')?.replaceAll('\0', '').trim() ?? '';
  if (!profile.endsWith('(enforce)')) return undefined;
  return {
    reason: `no capability is missing, but the AppArmor profile ${profile} may forbid it`,
    remedy: 'run it without that profile; in a container: --security-opt apparmor=unconfined',
  };
}
