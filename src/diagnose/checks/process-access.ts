import { readCapabilities } from '../capabilities.ts';
import type { DoctorLine } from '../doctor-line.ts';
import { findContainer } from '../find-container.ts';
import { formatList } from '../../util/format-list.ts';
import type { Host } from '../host.ts';
import { explainUserNamespace } from '../user-namespace.ts';

/**
 * /proc/PID/exe and /proc/PID/maps of others need CAP_SYS_PTRACE (ptrace_may_access() with PTRACE_MODE_READ), their
 * files the usual permission to read. Neither is needed for one's own processes.
 */
export function checkProcessAccess(host: Host): DoctorLine {
  const name = 'processes';
  const held = readCapabilities(host);
  if (held === undefined) {
    return { status: 'warn', name, detail: 'unknown: /proc/self/status cannot be read', remedy: '' };
  }
  if (explainUserNamespace(host) !== undefined) {
    return { status: 'warn', name, detail: 'only those of this user namespace can be examined', remedy: '' };
  }
  const missing: string[] = [];
  if (!held.has('CAP_SYS_PTRACE')) missing.push('CAP_SYS_PTRACE');
  if (!held.has('CAP_DAC_OVERRIDE') && !held.has('CAP_DAC_READ_SEARCH')) missing.push('CAP_DAC_READ_SEARCH');
  if (missing.length === 0) {
    return { status: 'ok', name, detail: 'those of every user can be examined', remedy: '' };
  }
  const isContainer = host.uid === 0 && findContainer(host) !== undefined;
  const flags = missing.map((capability) => capability.replace('CAP_', '--cap-add '));
  return {
    status: 'warn',
    name,
    detail: `only what user ${host.uid} may read: ${formatList(missing, missing.length)} missing`,
    remedy: isContainer
      ? `start the container with ${flags.join(' ')}`
      : 'for those of others, run it with sudo',
  };
}
