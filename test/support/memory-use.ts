import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { waitUntil } from './wait-until.ts';

/** Memory of a process that nobody shares with it, in bytes: RssAnon of `/proc/PID/status`. */
export function readPrivateBytes(pid: number): number {
  const kilobytes = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Counts the objects that are alive in a Node process, exactly: it is made to collect garbage and write them down. */
export class HeapCensus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tlstap-heap-'));

  constructor() {
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** For the process that is to be counted. */
  get environment(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${this.#folder}` };
  }

  /** Number of objects on its heap. */
  async count(pid: number): Promise<number> {
    process.kill(pid, 'SIGUSR2');
    const path = await waitUntil(
      () => this.#complete(),
      30_000,
      () => `a snapshot of the heap of ${pid}`,
    );
    const head = readFileSync(path).toString('latin1', 0, 4096);
    rmSync(path);
    const count = Number(/"node_count":(\d+)/.exec(head)?.[1]);
    if (!(count > 0)) throw new Error(`no count in the snapshot: ${head.slice(0, 200)}`);
    return count;
  }

  #complete(): string | undefined {
    const [name] = readdirSync(this.#folder);
    if (name === undefined) return undefined;
    const path = join(this.#folder, name);
    const size = statSync(path).size;
    if (size < 3) return undefined;
    return /\}\s*$/.test(readFileSync(path).toString('latin1', size - 3)) ? path : undefined;
  }
}
