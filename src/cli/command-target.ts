import { findExecutable, findLoadedFile } from '../targets/find-executable.ts';
import { openTargetPath, type TargetFile } from '../targets/open-target.ts';
import { StoppedCommand } from '../targets/stopped-command.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { StopCause, StopWatch } from './stop-cause.ts';

/** After a signal the command has this long to end before the capture ends without it. */
const endLimitMs = 5000;

/** The file that `-- CMD` will run. @throws {UserError} when there is none */
export function openCommandFile(words: readonly string[]): TargetFile {
  const [name = ''] = words;
  const path = findExecutable(name);
  if (path === undefined) {
    throw new UserError({
      message: `cannot run ${name}`,
      reason: name.includes('/') ? 'there is no such program, or it is not executable' : 'it is not in PATH',
      remedy: 'give its path: tlstap gotls -- /path/to/program ARGS',
      exitCode: exitCode.targetUnusable,
    });
  }
  return openTargetPath(findLoadedFile(path));
}

/** The command starts stopped; the capture ends with it, and it is ended with the capture. */
export async function startCommand(words: readonly string[], watch: StopWatch): Promise<StoppedCommand> {
  const command = await StoppedCommand.start(words);
  void command.exited.then((code) => watch.stop({ type: 'command-ended', code }));
  watch.passSignalsTo((signal, fromTerminal) => {
    // Ctrl-C reaches the whole foreground group: the command has it already.
    if (!fromTerminal) command.signal(signal);
    setTimeout(() => watch.stop({ type: 'signal' }), endLimitMs).unref();
  });
  return command;
}

/** When the capture ends first, so does the command: nothing that was started here stays behind. */
export function endCommand(command: StoppedCommand | undefined, cause: StopCause): void {
  if (!command || cause.type === 'command-ended') return;
  command.signal('SIGTERM');
  command.run();
}
