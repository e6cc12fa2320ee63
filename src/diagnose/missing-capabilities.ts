import { formatList } from '../util/format-list.ts';
import type { AttachKind } from './attach-kind.ts';
import { readCapabilities, type Capability } from './capabilities.ts';
import type { Explanation } from './explanation.ts';
import { findContainer } from './find-container.ts';
import type { Host } from './host.ts';

/**
 * Capabilities that are missing for attaching this way; none when /proc does not say which there are.
 * bpf(2) wants CAP_BPF and CAP_PERFMON for programs of uprobes, and that is enough for a `uprobe_multi` link.
 * perf_uprobe_event_init() of kernel/events/core.c wants CAP_SYS_ADMIN, which includes both.
 */
export function findMissingCapabilities(host: Host, kind: AttachKind): readonly Capability[] {
  const held = readCapabilities(host);
  if (held === undefined || held.has('CAP_SYS_ADMIN')) return [];
  if (kind === 'perf') return ['CAP_SYS_ADMIN'];
  return (['CAP_BPF', 'CAP_PERFMON'] as const).filter((capability) => !held.has(capability));
}

/** Undefined when none is missing. */
export function explainMissingCapabilities(host: Host, kind: AttachKind): Explanation | undefined {
  const missing = findMissingCapabilities(host, kind);
  if (missing.length === 0) return undefined;
  const why = kind === 'perf' ? ', which uprobes need where there is no uprobe_multi (Linux 6.6)' : '';
  return {
    reason: `this process lacks ${formatList(missing, missing.length)}${why}`,
    remedy: host.uid === 0 ? remedyForRoot(host, kind) : 'run it with sudo',
  };
}

/** Root without these capabilities has been deprived of them, as containers do. */
function remedyForRoot(host: Host, kind: AttachKind): string {
  if (findContainer(host) === undefined) return 'run it as root with all capabilities';
  const added = kind === 'perf' ? ['SYS_ADMIN', 'SYS_PTRACE'] : ['BPF', 'PERFMON', 'SYS_PTRACE'];
  const flags = added.map((capability) => `--cap-add ${capability}`).join(' ');
  return `start the container with --privileged --pid=host, or with ${flags} --pid=host`;
}
