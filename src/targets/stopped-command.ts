import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** Stops itself, and becomes the command when it is continued: between the two there is time to attach. */
const waitThenRun = 'kill -STOP $$; exec "$@"';
const stopLimitMs = 10_000;

/**
 * A command that has not begun: its process is there, stopped, with the number it will keep. Standard input is ours,
 * its standard output goes to our standard error, because ours carries captured data.
 */
export class StoppedCommand {
  readonly #child: ChildProcess;
  /** Its exit code, or 128 + the number of the signal that ended it, as a shell says it. */
  readonly exited: Promise<number>;

  /** As it was called. */
  readonly name: string;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.exited = new Promise((done) => {
      child.once('exit', (code, signal) => done(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)));
      child.once('error', () => done(127));
    });
  }

  /** Resolves when it has stopped. The words are the command and its arguments. */
  static async start(words: readonly string[]): Promise<StoppedCommand> {
    const child = spawn('/bin/sh', ['-c', waitThenRun, 'sh', ...words], { stdio: ['inherit', 2, 2] });
    const command = new StoppedCommand(words[0] ?? '', child);
    const limit = performance.now() + stopLimitMs;
    while (!command.#hasStopped() && child.exitCode === null && performance.now() < limit) {
      await new Promise((next) => setTimeout(next, 2));
    }
    return command;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  run(): void {
    this.#child.kill('SIGCONT');
  }

  /** Passes a signal on; before it began, also lets it take effect. */
  signal(signal: NodeJS.Signals): void {
    if (!this.hasExited) this.#child.kill(signal);
  }

  #hasStopped(): boolean {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1');
      return stat[stat.lastIndexOf(')') + 2] === 'T';
    } catch {
      return false;
    }
  }
}
