import { SystemError } from '../../bpf/system-error.ts';
import type { DoctorLine } from '../doctor-line.ts';
import { attachKind } from '../attach-features.ts';
import type { Host } from '../host.ts';
import {
  expectedAttachKind,
  explainLockdown,
  explainMissingCapabilities,
  explainRefusal,
  explainUserNamespace,
  type AttachKind,
} from '../refusal.ts';
import type { Explanation } from '../explanation.ts';

/** The line that decides between the exit codes for privilege and for the system. */
export const privilegesName = 'privileges';

/** `attempt` is the attach method that was found by trying, or what went wrong. */
export function checkPrivileges(host: Host, attempt: string | Error): DoctorLine {
  const kind = typeof attempt === 'string' ? attachKind(attempt) : expectedAttachKind(host.release);
  const trouble = findTrouble(host, attempt, kind);
  if (trouble !== undefined) {
    return { status: 'fail', name: privilegesName, detail: trouble.reason, remedy: trouble.remedy };
  }
  return { status: 'ok', name: privilegesName, detail: enough[kind], remedy: '' };
}

const enough: Readonly<Record<AttachKind, string>> = {
  uprobe_multi: 'CAP_BPF and CAP_PERFMON, which is what uprobe_multi needs',
  perf: 'CAP_SYS_ADMIN, which is what perf uprobes need (uprobe_multi, Linux 6.6, needs less)',
};

/** Programs that were loaded prove more than any list; how they are attached then still has its own needs. */
function findTrouble(host: Host, attempt: string | Error, kind: AttachKind): Explanation | undefined {
  if (typeof attempt === 'string') {
    return kind === 'perf' ? explainMissingCapabilities(host, kind) : undefined;
  }
  if (attempt instanceof SystemError && attempt.isPermission) return explainRefusal(host, kind);
  return explainUserNamespace(host) ?? explainMissingCapabilities(host, kind) ?? explainLockdown(host);
}
