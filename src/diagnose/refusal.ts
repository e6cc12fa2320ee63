import { formatList } from '../util/format-list.ts';
import { readCapabilities, type Capability } from './capabilities.ts';
import type { Explanation } from './explanation.ts';
import { findContainer } from './find-container.ts';
import type { Host } from './host.ts';
import { isAtLeast } from './kernel-version.ts';

/** How probes are attached: one `uprobe_multi` link a file (Linux 6.6), or one perf event a site. */
export type AttachKind = 'uprobe_multi' | 'perf';

/** What the kernel of this release is expected to take, where nothing was tried yet. */
export function expectedAttachKind(release: string): AttachKind {
  return isAtLeast(release, 6, 6) ? 'uprobe_multi' : 'perf';
}

/**
 * Capabilities that are missing for attaching this way. Loading needs CAP_BPF and CAP_PERFMON, and so does a
 * `uprobe_multi` link; perf_uprobe_event_init() in kernel/events/core.c wants CAP_SYS_ADMIN, which includes both.
 */
export function findMissingCapabilities(host: Host, kind: AttachKind): readonly Capability[] {
  const held = readCapabilities(host);
  if (held === undefined || held.has('CAP_SYS_ADMIN')) return [];
  if (kind === 'perf') return ['CAP_SYS_ADMIN'];
  return (['CAP_BPF', 'CAP_PERFMON'] as const).filter((capability) => !held.has(capability));
}

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

/** Capabilities of another user namespace count for nothing in bpf(2): `capable()` asks the initial one. */
export function explainUserNamespace(host: Host): Explanation | undefined {
  const link = host.readLink('/proc/self/ns/user');
  if (link === undefined || link === initialUserNamespace) return undefined;
  return {
    reason: 'this process is in a user namespace (a rootless container?), where no capability counts for BPF',
    remedy: 'run it with sudo on the host, or in a container that is not rootless',
  };
}

/** PROC_USER_INIT_INO (0xeffffffd), include/linux/proc_ns.h. */
const initialUserNamespace = 'user:[4026531837]';

export function explainMissingCapabilities(host: Host, kind: AttachKind): Explanation | undefined {
  const missing = findMissingCapabilities(host, kind);
  if (missing.length === 0) return undefined;
  return {
    reason: `this process lacks ${formatList(missing, missing.length)}`,
    remedy: privilegeRemedy(host, kind),
  };
}

export function privilegeRemedy(host: Host, kind: AttachKind): string {
  const container = findContainer(host);
  if (container === undefined || host.uid !== 0) return 'run it with sudo';
  const added = kind === 'perf' ? ['SYS_ADMIN', 'SYS_PTRACE'] : ['BPF', 'PERFMON', 'SYS_PTRACE'];
  const flags = added.map((capability) => `--cap-add ${capability}`).join(' ');
  return `start the container with --pid=host and ${flags}, or with --pid=host --privileged`;
}

/** Confidentiality forbids bpf_probe_read_kernel() (LOCKDOWN_BPF_READ_KERNEL); integrity alone does not matter. */
export function explainLockdown(host: Host): Explanation | undefined {
  const lockdown = host.readFile('/sys/kernel/security/lockdown') ?? '';
  if (!lockdown.includes('[confidentiality]')) return undefined;
  return {
    reason:
      'kernel lockdown is set to "confidentiality", which keeps BPF programs from reading kernel memory',
    remedy: 'boot with lockdown=integrity or without lockdown',
  };
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
