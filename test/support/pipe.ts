import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Both ends of a real pipe; the write end blocks, as a shell's does, the read end does not. */
export class Pipe {
  readonly readFd: number;
  readonly writeFd: number;
  readonly #folder: string;
  #readerOpen = true;

  constructor() {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-pipe-'));
    const fifo = path.join(this.#folder, 'fifo');
    const made = spawnSync('mkfifo', [fifo]);
    if (made.status !== 0) throw new Error(`mkfifo failed: ${made.stderr.toString()}`);
    this.readFd = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    this.writeFd = fs.openSync(fifo, fs.constants.O_WRONLY);
  }

  /** What is in the pipe now; empty when there is nothing. */
  read(limitBytes: number = 1 << 20): Buffer {
    const parts: Buffer[] = [];
    let total = 0;
    while (total < limitBytes) {
      const buffer = Buffer.alloc(Math.min(65_536, limitBytes - total));
      try {
        const count = fs.readSync(this.readFd, buffer);
        if (count === 0) break;
        parts.push(buffer.subarray(0, count));
        total += count;
      } catch {
        break;
      }
    }
    return Buffer.concat(parts);
  }

  closeReader(): void {
    if (this.#readerOpen) fs.closeSync(this.readFd);
    this.#readerOpen = false;
  }

  [Symbol.dispose](): void {
    this.closeReader();
    fs.closeSync(this.writeFd);
    fs.rmSync(this.#folder, { recursive: true });
  }
}
