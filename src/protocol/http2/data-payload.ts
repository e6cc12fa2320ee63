/** The padding of one DATA frame that arrives in pieces (RFC 9113 §6.1): tells which bytes are content. */
export class DataPayload {
  /** Payload bytes still to come, padding included. */
  #left: number;
  /** Null while the byte that says it is still to come; NaN when that byte was lost. */
  #padding: number | null;

  constructor(lengthBytes: number, isPadded: boolean) {
    this.#left = lengthBytes;
    this.#padding = isPadded ? null : 0;
  }

  get leftBytes(): number {
    return this.#left;
  }

  /** Takes the next payload bytes, at most `leftBytes`; returns the content among them. */
  take(bytes: Uint8Array): Uint8Array {
    let from = 0;
    if (this.#padding === null && bytes.length > 0) {
      from = 1;
      this.#padding = bytes[0]!;
    }
    this.#left -= bytes.length;
    const content = bytes.length - from - this.#paddingOf(bytes.length - from);
    return bytes.subarray(from, from + content);
  }

  /** The next `count` payload bytes are lost: how much content was among them, null when that cannot be known. */
  skip(count: number): number | null {
    this.#left -= count;
    if (count > 0) this.#padding ??= Number.NaN;
    return Number.isNaN(this.#padding) ? null : count - this.#paddingOf(count);
  }

  /** Of the last `count` bytes that were taken from `#left`, how many are padding. */
  #paddingOf(count: number): number {
    const padding = this.#padding ?? 0;
    // What follows a lost padding length may all be padding: better missing than made up.
    if (Number.isNaN(padding)) return count;
    return Math.min(count, Math.max(0, padding - this.#left));
  }
}
