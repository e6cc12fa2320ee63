import { expect, onTestFinished } from 'vitest';
import type { JsonRecord } from './json-record.ts';
import { RunningProgram } from './running-program.ts';
import { waitUntil } from './wait-until.ts';

/** The program `load` at work: connections that ask and answer without pause, and what it says of them. */
export class LoadProgram {
  readonly program: RunningProgram;

  static async start(path: string, args: readonly string[] = []): Promise<LoadProgram> {
    const program = await RunningProgram.start(path, args);
    onTestFinished(() => program.kill());
    return new LoadProgram(program);
  }

  private constructor(program: RunningProgram) {
    this.program = program;
  }

  get pid(): number {
    return this.program.pid;
  }

  /** Sends a command and waits for its answer. */
  async tell(command: string, limitMs = 60_000): Promise<JsonRecord> {
    const [type = ''] = command.split(' ');
    const count = this.program.records(type).length + 1;
    this.program.send(command);
    return this.program.waitFor(type, count, limitMs);
  }

  /** Waits until it has answered `requests` more. */
  async goOn(requests = 2_000): Promise<void> {
    const enough = (await this.#answered()) + requests;
    await waitUntil(
      async () => (await this.#answered()) >= enough,
      30_000,
      () => `answers: ${JSON.stringify(this.program.records('count').at(-1))}`,
    );
  }

  /** Requests that are answered in a second, measured over `seconds`. */
  async measureRate(seconds: number): Promise<number> {
    const [before, begin] = [await this.#answered(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const [after, end] = [await this.#answered(), performance.now()];
    return ((after - before) / (end - begin)) * 1000;
  }

  /** Ends what `begin` began: every request must have been answered. */
  async stop(): Promise<JsonRecord> {
    const told = await this.tell('stop');
    expect(told).toMatchObject({ wrong: 0, asked: told['answered'] });
    return told;
  }

  async end(): Promise<void> {
    expect(await this.program.end()).toBe(0);
  }

  async #answered(): Promise<number> {
    return Number((await this.tell('count'))['answered']);
  }
}

/** Bytes that both ends read, and wrote, as an answer of the program says. */
export function toldBytes(told: JsonRecord): { readonly read: number; readonly write: number } {
  const sum = (...fields: readonly string[]): number =>
    fields.reduce((total, field) => total + Number(told[field]), 0);
  return { read: sum('clientRead', 'serverRead'), write: sum('clientWrote', 'serverWrote') };
}
