import fs from 'node:fs';
import { toErrnoError } from '../../util/errno-error.ts';
import type { OutputDescriptor } from '../output-descriptor.ts';
import type { BlockOutput } from './block-output.ts';

export interface FileOutputOptions {
  readonly descriptor: OutputDescriptor;
  /** It is ours from its first byte on. */
  readonly canOverwrite: boolean;
  /** Called once, when nothing more can be written (disk full …); from then on everything counts as undelivered. */
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/** A regular file. After a failed write it ends with the last whole block. */
export class FileOutput implements BlockOutput {
  readonly canOverwrite: boolean;
  readonly #descriptor: OutputDescriptor;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  #undeliveredBytes = 0;
  #failed = false;
  #closed = false;

  constructor(options: FileOutputOptions) {
    this.canOverwrite = options.canOverwrite;
    this.#descriptor = options.descriptor;
    this.#onError = options.onError;
  }

  /** After a failure packets are dropped, and counted, where they come in. */
  hasRoom(): boolean {
    return !this.#failed && !this.#closed;
  }

  write(blocks: Buffer): void {
    if (this.#failed || this.#closed) {
      this.#undeliveredBytes += blocks.length;
      return;
    }
    let written = 0;
    try {
      while (written < blocks.length) written += fs.writeSync(this.#descriptor.fd, blocks, written);
    } catch (error) {
      this.#fail(blocks, written, toErrnoError(error));
    }
  }

  overwrite(position: number, blocks: Buffer): void {
    if (this.#closed) return;
    try {
      fs.writeSync(this.#descriptor.fd, blocks, 0, blocks.length, position);
    } catch {
      // What is replaced has its place on the disk; where that does not hold, the secrets are in the file's end, too.
    }
  }

  /** Closes it at once: nothing waits. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#descriptor.own) fs.closeSync(this.#descriptor.fd);
  }

  close(): Promise<number> {
    this.end();
    return Promise.resolve(this.#undeliveredBytes);
  }

  #fail(blocks: Buffer, written: number, error: NodeJS.ErrnoException): void {
    this.#failed = true;
    const whole = wholeBlocks(blocks, written);
    this.#undeliveredBytes += blocks.length - whole;
    try {
      const { size } = fs.fstatSync(this.#descriptor.fd);
      fs.ftruncateSync(this.#descriptor.fd, Math.max(0, size - (written - whole)));
    } catch {
      // Then readers find a part of a block at its end, and say so.
    }
    this.#onError(error);
  }
}

/** How many of the first `limit` bytes are whole blocks. */
function wholeBlocks(blocks: Buffer, limit: number): number {
  let end = 0;
  while (end + 8 <= limit) {
    const next = end + blocks.readUInt32LE(end + 4);
    if (next > limit) break;
    end = next;
  }
  return end;
}
