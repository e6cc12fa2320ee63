/** Bytes kept from one call to the next, in order; memory grows with what is held and is given back. */
export class HeldBytes {
  #buffer = empty;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is held; valid until the next call. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const needed = this.#length + to - from;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#length, minBytes));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(from, to), this.#length);
    this.#length = needed;
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > keptBytes) this.#buffer = empty;
  }

  /** Gives the bytes away, and holds none. */
  take(): Buffer {
    const taken = this.bytes;
    this.#buffer = empty;
    this.#length = 0;
    return taken;
  }
}

const empty: Buffer = Buffer.alloc(0);
const minBytes = 256;
const keptBytes = 4096;
