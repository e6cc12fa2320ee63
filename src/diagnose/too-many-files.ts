import { exitCode } from '../util/user-error.ts';
import type { Verdict } from './verdict.ts';

/** EMFILE and ENFILE; a perf probe takes two or three descriptors, a multi link one for all. */
export const tooManyFiles: Verdict = {
  reason: 'this process, or the system, has as many open files as it may have',
  remedy: 'raise the limit first: ulimit -n 65536',
  exitCode: exitCode.failed,
};
