import type { ByteSource } from './byte-source.ts';

/**
 * A large region read mostly forwards, one chunk in memory at a time. It counts what it reads, so that a table whose
 * offsets jump about cannot make it read a file again and again.
 */
export class Window {
  /** The chunk that holds what `locate` was asked for last. */
  buffer: Buffer = Buffer.alloc(0);
  readonly #source: ByteSource;
  readonly #chunkBytes: number;
  #start = 0;
  #remainingBytes: number;

  constructor(source: ByteSource, chunkBytes: number, maximumBytes: number) {
    this.#source = source;
    this.#chunkBytes = chunkBytes;
    this.#remainingBytes = maximumBytes;
  }

  /** Position in `buffer` of `length` bytes at `offset` of the file; -1 where the file or the allowance ends. */
  locate(offset: number, length: number): number {
    const position = offset - this.#start;
    if (position >= 0 && position + length <= this.buffer.length) return position;
    return this.#move(offset, length);
  }

  #move(offset: number, length: number): number {
    if (this.#remainingBytes < length) return -1;
    this.buffer = this.#source.read(offset, Math.max(length, this.#chunkBytes));
    this.#start = offset;
    this.#remainingBytes -= this.buffer.length;
    return length <= this.buffer.length ? 0 : -1;
  }
}
