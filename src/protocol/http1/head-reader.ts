import type { Side } from '../exchange-record.ts';
import { checkStartLine } from './check-start-line.ts';
import type { HeldBytes } from './held-bytes.ts';
import { LineCollector } from './line-collector.ts';
import { type Http1Head, parseHead } from './parse-head.ts';

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

  get next(): number {
    return this.#collector.next;
  }

  get held(): HeldBytes {
    return this.#collector.held;
  }

  /** Takes `bytes` from `at` on. After anything but `more`, `clear` must be called. */
  read(bytes: Buffer, at: number, kind: Side | null): HeadResult {
    const collected = this.#collector.collectBlock(bytes, at, maxHeadBytes, 'in-line');
    if (collected === 'done') {
      const { source, start, end } = this.#collector;
      const head = parseHead(source, start, end);
      if (typeof head === 'string' || kind === null || head.kind === kind) return head;
      return 'bad-line';
    }
    if (this.#checked !== Number.POSITIVE_INFINITY && !this.#mayBegin(bytes, at, kind)) return 'bad-line';
    return collected === 'more' ? 'more' : 'bad-block';
  }

  clear(): void {
    this.#collector.clear();
    this.#checked = 0;
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

const maxHeadBytes = 256 * 1024;
