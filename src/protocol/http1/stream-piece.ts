import type { RawData } from '../raw-data.ts';
import type { HeldBytes } from './held-bytes.ts';

/** The piece of a direction's stream that is under work, and its place in the stream. */
export class StreamPiece {
  bytes: Buffer = empty;
  readonly #raw: RawData;
  /** Offset of the piece's first byte in the stream. */
  #base = 0;

  constructor(raw: RawData) {
    this.#raw = raw;
  }

  /** Offset in the stream of the byte that has index `at`. */
  offset(at: number): number {
    return this.#base + at;
  }

  /** The next bytes of the stream. */
  load(bytes: Buffer): void {
    this.bytes = bytes;
  }

  /** The whole piece has been dealt with. */
  finish(): void {
    this.#base += this.bytes.length;
    this.bytes = empty;
  }

  /** Between pieces: bytes of the stream are missing. */
  skip(lengthBytes: number): void {
    this.#base += lengthBytes;
  }

  /** Between pieces: takes back bytes that were held, as the piece. */
  reload(held: HeldBytes): Buffer {
    const taken = held.take();
    this.#base -= taken.length;
    return taken;
  }

  /** Puts held bytes before the rest of the piece, which begins at `at`; returns where to go on. */
  prepend(held: HeldBytes, at: number): number {
    if (held.length === 0) return at;
    const taken = held.take();
    this.#base += at - taken.length;
    this.bytes = Buffer.concat([taken, this.bytes.subarray(at)]);
    return 0;
  }

  /** Emits `[from, to)` as raw data. */
  emit(from: number, to: number, timeNs: number): void {
    const isWhole = from === 0 && to === this.bytes.length;
    this.#raw.emit(isWhole ? this.bytes : this.bytes.subarray(from, to), this.#base + from, timeNs);
  }

  /** Emits held bytes, which end where the piece has index `end`, as raw data. */
  emitHeld(held: HeldBytes, end: number, timeNs: number): void {
    const taken = held.take();
    this.#raw.emit(taken, this.#base + end - taken.length, timeNs);
  }
}

const empty: Buffer = Buffer.alloc(0);
