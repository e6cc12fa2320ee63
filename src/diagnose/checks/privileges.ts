import { SystemError } from '../../bpf/system-error.ts';
import { attachKind, expectedAttachKind, type AttachKind } from '../attach-kind.ts';
import { readCapabilities } from '../capabilities.ts';
import type { DoctorLine } from '../doctor-line.ts';
import { explainPermission } from '../explain-permission.ts';
import type { Explanation } from '../explanation.ts';
import type { Host } from '../host.ts';
import { explainLockdown } from '../lockdown.ts';
import { explainMissingCapabilities } from '../missing-capabilities.ts';
import { explainUserNamespace } from '../user-namespace.ts';

/** The line that decides between the exit codes for privilege and for the system. */
export const privilegesName = 'privileges';

/** `attempt` is the attach method that was found by trying, or what went wrong. */
export function checkPrivileges(host: Host, attempt: string | Error): DoctorLine {
  const kind = typeof attempt === 'string' ? attachKind(attempt) : expectedAttachKind(host.release);
  const trouble = findTrouble(host, attempt, kind);
  if (trouble !== undefined) return line('fail', trouble.reason, trouble.remedy);
  if (readCapabilities(host) === undefined) {
    return line('warn', 'unknown: /proc/self/status cannot be read', 'mount -t proc proc /proc');
  }
  return line('ok', enough[kind], '');
}

const enough: Readonly<Record<AttachKind, string>> = {
  uprobe_multi: 'CAP_BPF and CAP_PERFMON, which uprobe_multi needs',
  perf: 'CAP_SYS_ADMIN, which perf uprobes need (uprobe_multi of Linux 6.6 needs less)',
};

/** Programs that were loaded prove more than any list; how they are attached then still has its own needs. */
function findTrouble(host: Host, attempt: string | Error, kind: AttachKind): Explanation | undefined {
  if (typeof attempt === 'string') {
    return kind === 'perf' ? explainMissingCapabilities(host, kind) : undefined;
  }
  const refusal = attempt instanceof SystemError ? explainPermission(attempt, host) : undefined;
  return (
    refusal ?? explainUserNamespace(host) ?? explainMissingCapabilities(host, kind) ?? explainLockdown(host)
  );
}

function line(status: DoctorLine['status'], detail: string, remedy: string): DoctorLine {
  return { status, name: privilegesName, detail, remedy };
}
