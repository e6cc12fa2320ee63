import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJsonRecords, type JsonRecord } from './json-record.ts';
import { projectPaths } from './project-paths.ts';
import { waitUntil } from './wait-until.ts';

export interface CaptureOptions {
  /** After `tlstap`; `--ready-file` is added. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs tlstap, e.g. `setpriv …`. */
  readonly wrapper?: readonly string[];
  /** Where standard output goes; default a file of its own. */
  readonly stdout?: number;
}

export interface CaptureResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** tlstap at work on this machine: started, ready, and stopped with everything it printed at hand. */
export class Capture {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<CaptureResult>;
  #stderr = '';
  #result: CaptureResult | undefined;

  /** Resolves when everything is attached; fails if tlstap ends before. */
  static async start(options: CaptureOptions): Promise<Capture> {
    const capture = new Capture(options);
    try {
      await waitUntil(
        () => {
          if (capture.#result !== undefined) throw new Error(`tlstap ended: ${capture.describe()}`);
          return existsSync(capture.#readyFile);
        },
        startLimitMs,
        () => `tlstap ${options.args.join(' ')} ready: ${capture.describe()}`,
      );
    } catch (error) {
      capture.dispose();
      throw error;
    }
    return capture;
  }

  private constructor(options: CaptureOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), 'tlstap-test-'));
    const stdout = options.stdout ?? openSync(this.#stdoutFile, 'w', 0o600);
    const [command = '', ...args] = [
      ...(options.wrapper ?? []),
      process.execPath,
      projectPaths.main,
      ...withReadyFile(options.args, this.#readyFile),
    ];
    this.#child = spawn(command, args, {
      stdio: ['ignore', stdout, 'pipe'],
      env: { ...process.env, ...options.env },
    });
    if (options.stdout === undefined) closeSync(stdout);
    this.#child.stderr?.on('data', (piece: Buffer) => (this.#stderr += piece.toString()));
    this.#exited = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.#result = { code, signal, stderr: this.#stderr };
        resolve(this.#result);
      });
    });
    this.#exited.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What it has written to standard output so far. */
  output(): Buffer {
    return readFileSync(this.#stdoutFile);
  }

  /** The JSON Lines written so far. */
  records(type?: string): JsonRecord[] {
    return [...parseJsonRecords(this.output())].filter(
      (record) => type === undefined || record.type === type,
    );
  }

  /** Waits until `find` finds something in what was printed. */
  async waitForOutput<Value>(
    find: (output: string) => Value | undefined | false,
    limitMs = 20_000,
  ): Promise<Value> {
    return waitUntil(
      () => find(this.output().toString()),
      limitMs,
      () => `expected output; there is: ${this.output().toString().slice(-2_000)} ${this.describe()}`,
    );
  }

  /**
   * Waits until it has printed the end of `count` connections, or given up: reading what is in the ring may take longer
   * than the program took, and at the end there is one second for it.
   */
  async waitForCloses(count: number, limitMs = 20_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (countCloses(this.output()) < count && performance.now() < end && this.#result === undefined)
      await sleep(100);
  }

  /** Ends it as Ctrl-C does. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<CaptureResult> {
    if (this.#result === undefined) this.#child.kill(signal);
    return this.exit();
  }

  /** Waits for it to end by itself. */
  async exit(limitMs: number = stopLimitMs): Promise<CaptureResult> {
    return waitUntil(
      () => this.#result,
      limitMs,
      () => {
        this.#child.kill('SIGKILL');
        return `the end of tlstap: ${this.describe()}`;
      },
    );
  }

  dispose(): void {
    if (this.#result === undefined) this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  describe(): string {
    const { code, signal } = this.#result ?? { code: null, signal: null };
    const state = this.#result === undefined ? 'running' : `exit code ${code}, signal ${signal}`;
    return `${state}\n${this.#stderr}`;
  }

  get #readyFile(): string {
    return join(this.#folder, 'ready');
  }

  get #stdoutFile(): string {
    return join(this.#folder, 'stdout');
  }
}

function countCloses(output: Buffer): number {
  let count = 0;
  for (let at = output.indexOf(closeLine); at >= 0; at = output.indexOf(closeLine, at + 1)) count++;
  return count;
}

const closeLine = '{"type":"close"';

/** Before the `--` of a started command. */
function withReadyFile(args: readonly string[], path: string): string[] {
  const split = args.indexOf('--');
  const own = split < 0 ? args : args.slice(0, split);
  const rest = split < 0 ? [] : args.slice(split);
  return [...own, '--ready-file', path, ...rest];
}

/** It takes 1 to 3 s on an idle machine; detaching by perf links up to 3 s. */
/** Longer where everything is emulated: test/kernels. */
const startLimitMs = Number(process.env['TLSTAP_TEST_START_LIMIT_MS'] ?? 30_000);
const stopLimitMs = 30_000;
