import type { ByteSource } from './byte-source.ts';
import { ChunkReader, chunkBytes } from './chunk-reader.ts';

/**
 * 32-bit words of a large region that is read mostly forwards, one chunk in memory at a time. It counts what it reads,
 * so that a table whose offsets jump about cannot make it read a file again and again.
 */
export class Window {
  /** The chunk that holds what `locate` was asked for last. */
  words: Int32Array = new Int32Array(0);
  /** Offset of that chunk in the file. */
  start = 0;
  readonly #reader: ChunkReader;
  #remainingBytes: number;

  constructor(source: ByteSource, maximumBytes: number) {
    this.#reader = new ChunkReader(source);
    this.#remainingBytes = maximumBytes;
  }

  /**
   * Index in `words` of `count` words at `offset` of the file; -1 where the file or the allowance ends.
   * Offsets asked for in a row are a multiple of 4 bytes apart, or each of them is read anew.
   */
  locate(offset: number, count: number): number {
    const position = offset - this.start;
    const index = position >> 2;
    if (position >= 0 && (position & 3) === 0 && index + count <= this.words.length) return index;
    return this.#move(offset, count);
  }

  #move(offset: number, count: number): number {
    if (this.#remainingBytes <= 0) return -1;
    const bytes = this.#reader.read(offset, chunkBytes);
    this.words = new Int32Array(bytes.buffer, 0, bytes.length >> 2);
    this.start = offset;
    this.#remainingBytes -= bytes.length;
    return count <= this.words.length ? 0 : -1;
  }
}
