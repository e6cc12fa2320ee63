import type { ExitCode } from '../util/user-error.ts';
import type { Explanation } from './explanation.ts';

/** An {@link Explanation} of one failure, and the exit code it calls for. */
export interface Verdict extends Explanation {
  /** What to say instead of the error's own text, where that would mislead: `no BTF`. */
  readonly summary?: string;
  readonly exitCode: ExitCode;
}
