import type { ExchangeRecord, Side } from '../exchange-record.ts';
import type { HeldBytes } from './held-bytes.ts';
import { LineCollector } from './line-collector.ts';
import { parseChunkSize } from './parse-chunk-size.ts';
import { parseHeaderLines } from './parse-header-lines.ts';

/**
 * Removes the chunked transfer coding (RFC 9112 §7.1) from a body that comes in pieces. Data goes to the exchange as it
 * comes. When it is `broken`, `held` and the piece from `next` on are the part that makes no sense.
 */
export class ChunkedReader {
  readonly #exchange: ExchangeRecord;
  readonly #side: Side;
  readonly #collector = new LineCollector();
  #state: 'size' | 'data' | 'data-end' | 'trailers' = 'size';
  /** Bytes of the present chunk's data still to come. */
  #left = 0;
  /** After `read`: where the piece goes on. */
  next = 0;

  constructor(exchange: ExchangeRecord, side: Side) {
    this.#exchange = exchange;
    this.#side = side;
  }

  get held(): HeldBytes {
    return this.#collector.held;
  }

  read(bytes: Buffer, at: number, timeNs: number): 'more' | 'done' | 'broken' {
    this.next = at;
    while (this.next < bytes.length) {
      if (this.#state === 'data') {
        this.#readData(bytes, timeNs);
        continue;
      }
      const isBlock = this.#state === 'trailers';
      const collected = isBlock
        ? this.#collector.collectBlock(bytes, this.next, maxTrailerBytes, 'after-lf')
        : this.#collector.collectLine(bytes, this.next, maxLineBytes);
      const outcome = collected === 'done' ? this.#useLines() : this.#checkPartial(collected);
      if (outcome !== 'broken' || this.held.length > 0) this.next = this.#collector.next;
      if (outcome === 'broken') return 'broken';
      if (collected === 'done') this.#collector.clear();
      if (outcome === 'done') return 'done';
    }
    return 'more';
  }

  /** Bytes are missing here: true when they are all of one chunk's data, so that the framing still holds. */
  skip(lengthBytes: number): boolean {
    if (this.#state !== 'data' || lengthBytes > this.#left) return false;
    this.#left -= lengthBytes;
    if (this.#left === 0) this.#state = 'data-end';
    return true;
  }

  #readData(bytes: Buffer, timeNs: number): void {
    const at = this.next;
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#state = 'data-end';
    this.next = end;
    this.#exchange.pushBodyPart(this.#side, bytes, at, end, timeNs);
  }

  #useLines(): 'more' | 'done' | 'broken' {
    const { source, start, end } = this.#collector;
    if (this.#state === 'trailers') {
      const trailers = end - start > 2 ? parseHeaderLines(source.toString('latin1', start, end), 0) : [];
      if (trailers === null) return 'broken';
      if (trailers.length > 0) this.#exchange.setTrailers(this.#side, trailers);
      return 'done';
    }
    if (this.#state === 'data-end') {
      if (end - start > 2 || (end - start === 2 && source[start] !== carriageReturn)) return 'broken';
      this.#state = 'size';
      return 'more';
    }
    const size = parseChunkSize(source, start, end);
    if (size === null) return 'broken';
    this.#left = size;
    this.#state = size === 0 ? 'trailers' : 'data';
    return 'more';
  }

  /** Finds out early that no line of the expected kind is coming, so that nothing is held back for long. */
  #checkPartial(collected: 'more' | 'too-long'): 'more' | 'broken' {
    if (collected === 'too-long') return 'broken';
    const { held } = this;
    if (this.#state === 'size')
      return parseChunkSize(held.bytes, 0, held.length) === null ? 'broken' : 'more';
    if (this.#state === 'trailers') return 'more';
    return held.length === 1 && held.bytes[0] === carriageReturn ? 'more' : 'broken';
  }
}

const carriageReturn = 0x0d;
/** Chunk extensions are rare and short (RFC 9112 §7.1.1 asks for a limit). */
const maxLineBytes = 16 * 1024;
const maxTrailerBytes = 64 * 1024;
