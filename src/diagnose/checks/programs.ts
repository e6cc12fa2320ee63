import { SystemError } from '../../bpf/system-error.ts';
import { exitCode, UserError } from '../../util/user-error.ts';
import { attachKind } from '../attach-kind.ts';
import type { DoctorLine } from '../doctor-line.ts';
import { explainFailure } from '../explain-failure.ts';
import { btfPath } from '../missing-btf.ts';
import { explainMissingUprobes, uprobeTypePath } from '../missing-uprobes.ts';
import type { Host } from '../host.ts';

/** Whether the kernel takes the real programs: `attempt` is the attach method, or what went wrong. */
export function checkPrograms(host: Host, attempt: string | Error, libbpf: string | Error): DoctorLine {
  if (typeof attempt !== 'string') return failed(host, attempt, libbpf);
  if (attachKind(attempt) === 'perf' && !host.exists(uprobeTypePath)) {
    const { reason, remedy } = explainMissingUprobes(host);
    return line('fail', reason, remedy);
  }
  return line('ok', `the kernel takes them: ${attempt}`, '');
}

/** What another check has said already is not said again. */
function failed(host: Host, error: Error, libbpf: string | Error): DoctorLine {
  if (typeof libbpf !== 'string') return line('fail', 'cannot be loaded: see libbpf', '');
  if (!host.exists(btfPath)) return line('fail', 'cannot be loaded: see BTF', '');
  const trouble = error instanceof SystemError ? explainFailure(error, host) : error;
  if (!(trouble instanceof UserError)) return line('fail', trouble.message, '');
  if (trouble.exitCode === exitCode.privilege) return line('fail', 'not permitted: see privileges', '');
  return line('fail', `${trouble.message}: ${trouble.reason}`, trouble.remedy);
}

function line(status: DoctorLine['status'], detail: string, remedy: string): DoctorLine {
  return { status, name: 'programs', detail, remedy };
}
