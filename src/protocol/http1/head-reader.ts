import type { Side } from '../exchange-record.ts';
import { checkStartLine } from './check-start-line.ts';
import { HeadCache, isHeadAt, type KnownHead } from './head-cache.ts';
import type { HeldBytes } from './held-bytes.ts';
import { LineCollector } from './line-collector.ts';
import type { Http1Head } from './parse-head.ts';

/** `bad-line`: no start line is here; `bad-block`: the bytes up to `next` are no head (too long, too many fields). */
export type HeadResult = Http1Head | 'more' | 'bad-line' | 'bad-block';

/**
 * Gathers and parses a head that comes in pieces. After each call the bytes taken are `held`, or, when that is empty,
 * those of the piece up to `next`.
 */
export class HeadReader {
  readonly #collector = new LineCollector();
  /** Bytes of the start line that were found possible; infinite when it is complete. */
  #checked = 0;
  /** The head that was read last, if it is kept: most probably the next one is the same. */
  #last: KnownHead | null = null;
  /** A head ended with a bare LF: searches for CRLF could run through many heads, again and again. */
  #isUnusual = false;
  #next = 0;

  get next(): number {
    return this.#next;
  }

  get held(): HeldBytes {
    return this.#collector.held;
  }

  /** Takes `bytes` from `at` on. After anything but `more`, `clear` must be called. */
  read(bytes: Buffer, at: number, kind: Side | null): HeadResult {
    if (this.#collector.held.length === 0) {
      const head = this.#readWhole(bytes, at);
      if (head !== null) return ofKind(head, kind);
    }
    const collected = this.#collector.collectBlock(bytes, at, maxHeadBytes, 'in-line');
    this.#next = this.#collector.next;
    if (collected === 'done') {
      const { source, start, end } = this.#collector;
      if (this.held.length === 0) this.#isUnusual = true;
      const head = cache.find(source, start, end);
      return head === null ? 'bad-line' : ofKind(head, kind);
    }
    if (this.#checked !== Number.POSITIVE_INFINITY && !this.#mayBegin(bytes, at, kind)) return 'bad-line';
    return collected === 'more' ? 'more' : 'bad-block';
  }

  clear(): void {
    this.#collector.clear();
    this.#checked = 0;
  }

  /** A head that lies in this piece with its end, as nearly all do; null when it must be gathered by lines. */
  #readWhole(bytes: Buffer, at: number): Exclude<HeadResult, 'more'> | null {
    const last = this.#last;
    if (last !== null && last.bytes !== null && isHeadAt(bytes, at, last)) {
      this.#next = at + last.bytes.length;
      return last.head;
    }
    if (this.#isUnusual) return null;
    const end = findEmptyLine(bytes, at, Math.min(bytes.length, at + maxHeadBytes));
    if (end === -1) return null;
    const head = cache.find(bytes, at, end);
    if (head === null) return null;
    this.#last = cache.kept;
    this.#next = end;
    return head;
  }

  #mayBegin(bytes: Buffer, at: number, kind: Side | null): boolean {
    const { held, next } = this;
    const checked =
      held.length > 0
        ? checkStartLine(held.bytes, 0, held.length, kind, this.#checked)
        : checkStartLine(bytes, at, next, kind, 0);
    this.#checked = checked === 'good' ? Number.POSITIVE_INFINITY : held.length;
    return checked !== 'bad';
  }
}

function ofKind(head: Exclude<HeadResult, 'more'>, kind: Side | null): HeadResult {
  return typeof head === 'string' || kind === null || head.kind === kind ? head : 'bad-line';
}

/** The index after the first LF CR LF in `[from, to)`, or -1. Looks at every third byte, and so is faster than `indexOf`. */
function findEmptyLine(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from + 2; at < to;) {
    const byte = bytes[at]!;
    if (byte > 0x0d) at += 3;
    else if (byte === 0x0a) {
      if (bytes[at - 1] === 0x0d && bytes[at - 2] === 0x0a) return at + 1;
      at += 2;
    } else at += 1;
  }
  return -1;
}

/** What equal heads share depends on their bytes only, so all connections have one. */
const cache = new HeadCache();
const maxHeadBytes = 256 * 1024;
