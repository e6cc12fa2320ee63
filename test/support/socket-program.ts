import { onTestFinished, type TestContext } from 'vitest';
import { needProgram } from './requirements.ts';
import { RunningProgram } from './running-program.ts';

/** Starts test/programs/sockets, which is ended with the test; its workers, too. */
export async function startSockets(
  context: TestContext,
  args: readonly string[],
  wrapper: readonly string[] = [],
): Promise<SocketProgram> {
  const running = await RunningProgram.start(needProgram(context, 'sockets'), args, { wrapper });
  const program = new SocketProgram(running);
  onTestFinished(() => program.kill());
  return program;
}

export class SocketProgram {
  readonly #running: RunningProgram;
  readonly #counts = new Map<string, number>();

  constructor(running: RunningProgram) {
    this.#running = running;
  }

  get pid(): number {
    return this.#running.pid;
  }

  get port(): number {
    return this.#running.port;
  }

  /** Port of the latest connection that a TCP client made. */
  get localPort(): number {
    return Number(this.#running.records('local').at(-1)?.['port']);
  }

  /** The process that serves in place of the one that was started. */
  async worker(): Promise<number> {
    return Number((await this.#running.waitFor('worker'))['pid']);
  }

  /** Gives commands and waits until each is done. */
  async run(...commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const count = (this.#counts.get(command) ?? 0) + 1;
      this.#counts.set(command, count);
      this.#running.send(command);
      if (command === 'end') await this.#running.exit();
      else await this.#running.waitFor(command, count);
    }
  }

  kill(): void {
    for (const { pid } of this.#running.records('worker')) kill(Number(pid));
    this.#running.kill();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
