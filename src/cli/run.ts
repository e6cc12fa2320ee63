import { CommanderError } from 'commander';
import { exitCode, UserError } from '../util/user-error.ts';
import { createProgram } from './program.ts';

/** Runs a command line; the result is the exit code. Trouble that its reader can act on goes to stderr in three lines. */
export async function run(argv: readonly string[]): Promise<number> {
  let code: number = exitCode.ok;
  const program = createProgram((result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    // Also bare `tlstap`, which prints help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (error instanceof UserError) {
      process.stderr.write(formatUserError(error));
      if (isDebug(argv) && error.cause !== undefined) console.error(error.cause);
      return error.exitCode;
    }
    throw error;
  }
}

/** What happened, why, what to do: one line each. */
function formatUserError(error: UserError): string {
  const lines = [
    `tlstap: ${error.message}`,
    ...`${error.reason}\n${error.remedy}`.split('\n').map((line) => `  ${line}`),
  ];
  return `${lines.filter((line) => line.trim() !== '').join('\n')}\n`;
}

function isDebug(argv: readonly string[]): boolean {
  return argv.includes('-d') || argv.includes('--debug');
}
