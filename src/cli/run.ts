import { CommanderError } from 'commander';
import { exitCode, UserError } from '../util/user-error.ts';
import { createProgram } from './program.ts';

/** Runs a command line; the result is the exit code. Trouble that its reader can act on goes to stderr in three lines. */
export async function run(argv: readonly string[]): Promise<number> {
  let code: number = exitCode.ok;
  // Split off before anything is parsed: flags of the command are not ours.
  const end = argv.indexOf('--');
  const words = end < 0 ? [] : argv.slice(end + 1);
  if (end >= 0 && !takesCommand.has(argv[2] ?? '')) {
    process.stderr.write(formatUserError(noCommandHere));
    return noCommandHere.exitCode;
  }
  const program = createProgram(words, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(end < 0 ? argv : argv.slice(0, end));
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

const takesCommand = new Set(['gotls', 'tlsgo']);

const noCommandHere = new UserError({
  message: 'there is nothing to run here',
  reason: 'only gotls starts the command after --',
  remedy: 'for example: tlstap gotls -- ./program',
  exitCode: exitCode.usage,
});

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
