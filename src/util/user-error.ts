/** Exit codes; documented in `--help`. With `-- CMD` the child's own code is passed on instead. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  targetUnusable: 3,
  privilege: 4,
  unsupported: 5,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * Trouble that its reader can act on: what happened, why, and what to do.
 * Expected failures of input are values; this is what finally reaches the terminal. Bugs throw plain errors.
 */
export class UserError extends Error {
  readonly reason: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(parts: {
    readonly message: string;
    readonly reason: string;
    readonly remedy: string;
    readonly exitCode: ExitCode;
    readonly cause?: unknown;
  }) {
    super(parts.message, { cause: parts.cause });
    this.name = 'UserError';
    this.reason = parts.reason;
    this.remedy = parts.remedy;
    this.exitCode = parts.exitCode;
  }
}
