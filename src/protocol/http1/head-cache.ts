import { type Http1Head, parseHead } from './parse-head.ts';

/** A head and its bytes; both null once it was replaced by another, so that nobody who remembers it keeps memory. */
export interface KnownHead {
  readonly bytes: Buffer | null;
  readonly head: Http1Head | null;
}

/**
 * Parses heads, and keeps those that were seen twice: programs send the same few all the time. A kept head is found by
 * its bytes, all of which are compared, and is shared by the messages that have it: it is frozen. Heads that come once
 * only leave a hash behind, so they push out nothing that is of use.
 */
export class HeadCache {
  /** Two places for each hash, the newer first. */
  readonly #places: (MutableKnownHead | undefined)[] = Array.from({ length: places });
  /** The last hash of a head that was not kept, by its low bits. */
  readonly #seen = new Int32Array(seenHashes);
  #kept: KnownHead | null = null;
  #isAscii = false;

  /** What `find` returned last, when it is kept. */
  get kept(): KnownHead | null {
    return this.#kept;
  }

  /** As `parseHead`; null when `[start, end)` holds more than a head, which only a line feed alone can hide. */
  find(bytes: Buffer, start: number, end: number): Http1Head | 'bad-line' | 'bad-block' | null {
    const lengthBytes = end - start;
    if (lengthBytes > maxKeptBytes) {
      this.#kept = null;
      return parse(bytes, start, end, areAscii(bytes, start, end));
    }
    const hash = this.#hash(bytes, start, end);
    const place = ((hash >>> 7) % places) & ~1;
    const known =
      this.#match(place, bytes, start, lengthBytes) ?? this.#match(place + 1, bytes, start, lengthBytes);
    this.#kept = known;
    if (known !== null) return known.head;
    const head = parse(bytes, start, end, this.#isAscii);
    if (typeof head === 'object' && head !== null) this.#remember(hash, place, head, bytes, start, end);
    return head;
  }

  /**
   * Of all bytes of a head that is not long, of some of a long one: that tells nearly all apart, and need not be more.
   * Says on the way whether all are ASCII.
   */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    const step = 4 * (1 + ((end - start) >> 9));
    let hash = end - start;
    let bits = 0;
    let at = start;
    for (; at + 3 < end; at += step) {
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      bits |= word;
      hash = Math.imul(((hash << 15) | (hash >>> 17)) ^ word, 0x9e37_79b1);
    }
    this.#isAscii = (bits & 0x8080_8080) === 0 && areAscii(bytes, step === 4 ? at : start, end);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
    return hash ^ (hash >>> 12);
  }

  #match(place: number, bytes: Buffer, start: number, lengthBytes: number): KnownHead | null {
    const known = this.#places[place];
    if (known === undefined || known.bytes?.length !== lengthBytes) return null;
    return isHeadAt(bytes, start, known) ? known : null;
  }

  #remember(hash: number, place: number, head: Http1Head, bytes: Buffer, start: number, end: number): void {
    const seenAt = hash & (seenHashes - 1);
    if (this.#seen[seenAt] !== hash) {
      this.#seen[seenAt] = hash;
      return;
    }
    const oldest = this.#places[place + 1];
    if (oldest !== undefined) oldest.bytes = oldest.head = null;
    const own = Buffer.allocUnsafeSlow(end - start);
    bytes.copy(own, 0, start, end);
    const known: MutableKnownHead = { bytes: own, head: freeze(head) };
    this.#places[place + 1] = this.#places[place];
    this.#places[place] = known;
    this.#kept = known;
  }
}

/** Whether `bytes` go on with this head at `at`: then it ends there too, since no head is the beginning of another. */
export function isHeadAt(bytes: Buffer, at: number, known: KnownHead): boolean {
  const wanted = known.bytes;
  if (wanted === null || bytes.length - at < wanted.length) return false;
  const { length } = wanted;
  const near = length < nearBytes ? length : nearBytes;
  for (let i = 0; i < near; i += 1) if (bytes[at + i] !== wanted[i]) return false;
  return near === length || bytes.compare(wanted, near, length, at + near, at + length) === 0;
}

interface MutableKnownHead {
  bytes: Buffer | null;
  head: Http1Head | null;
}

function parse(
  bytes: Buffer,
  start: number,
  end: number,
  isAscii: boolean,
): Http1Head | 'bad-line' | 'bad-block' | null {
  const text = bytes.toString('latin1', start, end);
  const emptyLine = text.indexOf('\n\n');
  return emptyLine === -1 || emptyLine === text.length - 2 ? parseHead(text, isAscii) : null;
}

function areAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at += 1) bits |= bytes[at]!;
  return bits < 0x80;
}

function freeze(head: Http1Head): Http1Head {
  for (const header of head.headers) Object.freeze(header);
  Object.freeze(head.headers);
  return Object.freeze(head);
}

const places = 512;
const seenHashes = 4096;
const maxKeptBytes = 4096;
/** Up to here a loop is faster than a call. */
const nearBytes = 128;
