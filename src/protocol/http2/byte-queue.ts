/** Bytes appended at the end and removed at the front, in one growing buffer: any number of small steps stays linear. */
export class ByteQueue {
  #buffer: Uint8Array = empty;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** What is held; valid until the next change. */
  view(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  drop(count: number): void {
    this.#start += count;
    if (this.#start < this.#end) return;
    this.#start = this.#end = 0;
    if (this.#buffer.length > idleBytes) this.#buffer = empty;
  }

  /** Everything held, no longer part of the queue. */
  take(): Uint8Array {
    const bytes = this.view();
    this.#buffer = empty;
    this.#start = this.#end = 0;
    return bytes;
  }

  #makeRoom(count: number): void {
    const held = this.view();
    if (held.length + count > this.#buffer.length / 2) {
      this.#buffer = new Uint8Array(Math.max(minimumBytes, 2 * (held.length + count)));
    }
    this.#buffer.set(held, 0);
    this.#start = 0;
    this.#end = held.length;
  }
}

const empty = new Uint8Array(0);
const minimumBytes = 256;
/** Kept for later by an empty queue. */
const idleBytes = 16_384;
