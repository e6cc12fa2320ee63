import { setTimeout as sleep } from 'node:timers/promises';
import { Capture, type CaptureResult } from './capture.ts';
import { endpointTruths, type EndpointTruth } from './compare-streams.ts';
import type { JsonRecord } from './json-record.ts';
import { RunningProgram } from './running-program.ts';
import { assembleConnections, type CapturedConnection } from './streams.ts';

export interface FaultsRun {
  readonly truths: readonly EndpointTruth[];
  readonly connections: readonly CapturedConnection[];
  /** The connection that commands write to, as its client saw it. */
  readonly subject: CapturedConnection | undefined;
  /** What the program said of itself: `writing`, `written`, `done`. */
  readonly said: readonly JsonRecord[];
  readonly end: JsonRecord | undefined;
  readonly result: CaptureResult;
}

/** The program `faults` under a capture, both at work until they are told to end. */
export class FaultsProgram implements Disposable {
  readonly program: RunningProgram;
  readonly capture: Capture;
  readonly #limitMs: number;

  static async start(
    path: string,
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly programArgs?: readonly string[];
      readonly limitMs?: number;
    } = {},
  ): Promise<FaultsProgram> {
    const program = await RunningProgram.start(path, options.programArgs);
    try {
      const capture = await Capture.start({
        // By path: it may run more than once.
        args: ['gotls', '-e', path, '--raw', '--json', '--buffer-size', '64M'],
        env: options.env ?? {},
      });
      program.send('begin');
      return new FaultsProgram(program, capture, options.limitMs ?? 60_000);
    } catch (error) {
      program.kill();
      throw error;
    }
  }

  private constructor(program: RunningProgram, capture: Capture, limitMs: number) {
    this.program = program;
    this.capture = capture;
    this.#limitMs = limitMs;
  }

  /** Sends a command and waits for the answer that it is done. */
  async obey(command: string): Promise<JsonRecord> {
    const before = this.program.records('written').length;
    this.program.send(command);
    return this.program.waitFor('written', before + 1, this.#limitMs);
  }

  /** Sends `late` and returns when that write, on `count` connections, has reached its missing page. */
  async beginLate(lengthBytes: number, delayMs: number, count = 1): Promise<void> {
    const before = this.program.records('writing').length;
    this.program.send(`late ${lengthBytes} ${delayMs} ${count}`);
    await this.program.waitFor('writing', before + 1, this.#limitMs);
    await sleep(300);
  }

  /** The program says what it saw and ends, and the capture after it. */
  async end(): Promise<FaultsRun> {
    this.program.send('end');
    await this.program.waitFor('done', 1, this.#limitMs);
    await this.program.exit(this.#limitMs);
    await this.capture.waitForCloses(endpointTruths(this.program.records()).length, this.#limitMs);
    return this.read(await this.capture.stop());
  }

  read(result: CaptureResult): FaultsRun {
    const said = this.program.records();
    const connections = assembleConnections(this.capture.records(), { keepBytes: true });
    return {
      truths: endpointTruths(said),
      connections,
      subject: connections.find(({ role, write }) => role === 'client' && !isSpeech(write.bytes)),
      said,
      end: this.capture.records('end').at(-1),
      result,
    };
  }

  /** How old the newest line is that was printed of the connection that is behind most, in milliseconds. */
  printedAgeMs(): number {
    return printedAgeMs(this.capture.output());
  }

  [Symbol.dispose](): void {
    this.program.kill();
    this.capture.dispose();
  }
}

function isSpeech(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(Buffer.from('speaker '));
}

/** Longer than what all speakers together say in a second. */
const recentBytes = 512 * 1024;

function printedAgeMs(output: Buffer): number {
  const recent = output.subarray(Math.max(0, output.length - recentBytes)).toString('latin1');
  const newest = new Map<string, number>();
  for (const [, speaker = '', time] of recent.matchAll(/speaker (\d+) line \d+ at (\d+) ms/g))
    newest.set(speaker, Number(time));
  return newest.size === 0 ? Infinity : Date.now() - Math.min(...newest.values());
}
