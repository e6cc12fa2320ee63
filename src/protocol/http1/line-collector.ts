import { findHeadEnd, type LineState } from './find-head-end.ts';
import { HeldBytes } from './held-bytes.ts';

/** `done`: `source[start, end)` has it; `more`: all bytes were taken and held; `too-long`: the limit was reached. */
export type Collected = 'done' | 'more' | 'too-long';

/**
 * Gathers a line, or a block of lines up to the empty one, from a stream that comes in pieces. What lies in one piece
 * is not copied. After each call `next` is where the piece goes on; `held` has all bytes taken so far, or is empty when
 * they are all in this piece.
 */
export class LineCollector {
  readonly held: HeldBytes = new HeldBytes();
  source: Buffer = empty;
  start = 0;
  end = 0;
  next = 0;
  #lineState: LineState = 'in-line';

  /** Up to a line feed, which is included. */
  collectLine(bytes: Buffer, at: number, limitBytes: number): Collected {
    const room = at + limitBytes - this.held.length;
    const lineFeed = bytes.indexOf(0x0a, at);
    if (lineFeed === -1 ? bytes.length > room : lineFeed >= room) return this.#tooLong(bytes, at, room);
    return lineFeed === -1 ? this.#more(bytes, at) : this.#done(bytes, at, lineFeed + 1);
  }

  /** Up to an empty line, which is included. `first` is the state to begin with when nothing is held. */
  collectBlock(bytes: Buffer, at: number, limitBytes: number, first: LineState): Collected {
    const room = at + limitBytes - this.held.length;
    const state = this.held.length === 0 ? first : this.#lineState;
    const found = findHeadEnd(bytes, at, Math.min(bytes.length, room), state);
    if (typeof found === 'number') return this.#done(bytes, at, found);
    if (bytes.length >= room) return this.#tooLong(bytes, at, room);
    this.#lineState = found;
    return this.#more(bytes, at);
  }

  /** Must be called when a `done` result has been used. */
  clear(): void {
    if (this.held.length > 0) this.held.clear();
    this.source = empty;
  }

  #done(bytes: Buffer, at: number, next: number): 'done' {
    if (this.held.length === 0) {
      this.source = bytes;
      this.start = at;
      this.end = next;
    } else {
      this.held.append(bytes, at, next);
      this.source = this.held.bytes;
      this.start = 0;
      this.end = this.source.length;
    }
    this.next = next;
    return 'done';
  }

  #more(bytes: Buffer, at: number): 'more' {
    this.held.append(bytes, at, bytes.length);
    this.next = bytes.length;
    return 'more';
  }

  #tooLong(bytes: Buffer, at: number, room: number): 'too-long' {
    this.next = Math.min(bytes.length, room);
    if (this.held.length > 0) this.held.append(bytes, at, this.next);
    return 'too-long';
  }
}

const empty: Buffer = Buffer.alloc(0);
