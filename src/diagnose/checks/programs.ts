import { SystemError } from '../../bpf/system-error.ts';
import { exitCode, UserError } from '../../util/user-error.ts';
import { attachKind } from '../attach-features.ts';
import type { DoctorLine } from '../doctor-line.ts';
import { explainFailure } from '../explain-failure.ts';
import { explainMissingUprobes, uprobeTypePath } from '../missing-uprobes.ts';
import type { Host } from '../host.ts';

/** Whether the kernel takes the real programs: `attempt` is the attach method, or what went wrong. */
export function checkPrograms(host: Host, attempt: string | Error): DoctorLine {
  if (typeof attempt === 'string') {
    if (attachKind(attempt) === 'perf' && !host.exists(uprobeTypePath)) {
      const { reason, remedy } = explainMissingUprobes(host);
      return line('fail', reason, remedy);
    }
    return line('ok', `the kernel takes them: ${attempt}`, '');
  }
  const trouble = attempt instanceof SystemError ? explainFailure(attempt, host) : attempt;
  if (!(trouble instanceof UserError)) return line('fail', trouble.message, '');
  if (trouble.exitCode === exitCode.privilege) return line('fail', 'not permitted: see privileges', '');
  return line('fail', `${trouble.message}: ${trouble.reason}`, trouble.remedy);
}

function line(status: DoctorLine['status'], detail: string, remedy: string): DoctorLine {
  return { status, name: 'programs', detail, remedy };
}
