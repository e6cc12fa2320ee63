import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { parseJsonRecords, type JsonRecord } from './json-record.ts';
import { waitUntil } from './wait-until.ts';

/** A program of test/programs that runs: it speaks JSON Lines on standard output and takes lines on standard input. */
export class RunningProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<number | null>;
  #stdout = '';
  #stderr = '';

  /** Starts it and waits for its `ready` line. */
  static async start(
    path: string,
    args: readonly string[] = [],
    options: {
      readonly env?: NodeJS.ProcessEnv;
      readonly cwd?: string;
      readonly wrapper?: readonly string[];
    } = {},
  ): Promise<RunningProgram> {
    const [command = path, ...rest] = [...(options.wrapper ?? []), path, ...args];
    const program = new RunningProgram(
      spawn(command, rest, {
        stdio: 'pipe',
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      }),
    );
    await program.waitFor('ready');
    return program;
  }

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.on('data', (piece: Buffer) => (this.#stdout += piece.toString('latin1')));
    child.stderr.on('data', (piece: Buffer) => (this.#stderr += piece.toString()));
    child.stdin.on('error', () => {});
    this.#exited = new Promise((resolve, reject) => {
      child.on('close', resolve);
      child.on('error', reject);
    });
    this.#exited.catch(() => {});
  }

  /** As the program itself knows it: with a wrapper, `spawn`'s is another. */
  get pid(): number {
    return Number(this.ready['pid']);
  }

  get ready(): JsonRecord {
    return this.#find('ready')[0] ?? { type: 'ready' };
  }

  /** `host:port` or a path, as in its `ready` line. */
  get address(): string {
    return String(this.ready['address']);
  }

  get port(): number {
    return Number(this.address.slice(this.address.lastIndexOf(':') + 1));
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  records(type?: string): JsonRecord[] {
    return this.#find(type);
  }

  send(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Waits until there are `count` records of that type; gives the last of them. */
  async waitFor(type: string, count = 1, limitMs = 60_000): Promise<JsonRecord> {
    return waitUntil(
      () => {
        const record = this.#find(type)[count - 1];
        if (record === undefined && this.hasExited) throw new Error(`it ended early: ${this.#stderr}`);
        return record;
      },
      limitMs,
      () => `${count} "${type}" of ${this.#child.spawnfile}: ${this.#stderr}`,
    );
  }

  /** Closes its standard input and waits for its end; gives the exit code, null after a signal. */
  async end(limitMs = 60_000): Promise<number | null> {
    this.#child.stdin.end();
    return this.exit(limitMs);
  }

  async exit(limitMs = 60_000): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.#child.spawnfile} does not end: ${this.#stderr}`)),
        limitMs,
      );
    });
    try {
      return await Promise.race([this.#exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.hasExited) process.kill(this.pid || (this.#child.pid ?? 0), signal);
  }

  kill(): void {
    if (!this.hasExited) this.#child.kill('SIGKILL');
  }

  #find(type: string | undefined): JsonRecord[] {
    return [...parseJsonRecords(this.#stdout)].filter((record) => type === undefined || record.type === type);
  }
}
