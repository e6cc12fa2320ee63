import type { ByteSource } from './byte-source.ts';

/** Reads large regions piece by piece into one buffer of its own: what `read` gives is good until the next call. */
export class ChunkReader {
  readonly #source: ByteSource;
  #scratch: Buffer = Buffer.alloc(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Like {@link ByteSource.read}; the buffer begins at the start of its `ArrayBuffer`, so that words can be read from it. */
  read(offset: number, length: number): Buffer {
    const available = Math.max(0, Math.min(length, this.#source.sizeBytes - offset));
    if (this.#scratch.length < available) this.#scratch = Buffer.allocUnsafeSlow(available);
    const target = this.#scratch.subarray(0, available);
    const filled =
      this.#source.readInto?.(offset, target) ?? this.#source.read(offset, available).copy(target);
    return target.subarray(0, filled);
  }
}

/** Fits the processor's cache; with larger pieces the bytes would come from memory twice. */
export const chunkBytes: number = 256 * 1024;
