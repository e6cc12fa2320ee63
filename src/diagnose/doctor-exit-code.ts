import { exitCode, type ExitCode } from '../util/user-error.ts';
import { privilegesName } from './checks/privileges.ts';
import type { DoctorLine } from './doctor-line.ts';

/** 0 when capturing is possible; 4 when a privilege is missing, whatever else is; 5 when the system lacks something. */
export function doctorExitCode(lines: readonly DoctorLine[]): ExitCode {
  const failed = lines.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return exitCode.ok;
  return failed.some(({ name }) => name === privilegesName) ? exitCode.privilege : exitCode.unsupported;
}
