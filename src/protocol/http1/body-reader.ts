import type { ExchangeRecord, Side } from '../exchange-record.ts';
import { ChunkedReader } from './chunked-reader.ts';
import type { HeldBytes } from './held-bytes.ts';

export type BodyFraming =
  | { readonly type: 'sized'; readonly lengthBytes: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' };

/** Reads the body of one message, in pieces, into its exchange. */
export class BodyReader {
  readonly #exchange: ExchangeRecord;
  readonly #side: Side;
  readonly #chunked: ChunkedReader | null;
  /** Bytes still to come, unless it is chunked. */
  #left: number;
  #next = 0;

  constructor(exchange: ExchangeRecord, side: Side, framing: BodyFraming) {
    this.#exchange = exchange;
    this.#side = side;
    this.#chunked = framing.type === 'chunked' ? new ChunkedReader(exchange, side) : null;
    this.#left = framing.type === 'sized' ? framing.lengthBytes : Number.POSITIVE_INFINITY;
  }

  /** After `read`: where the piece goes on. When the body is `broken`, `held` and the piece from here on make no sense. */
  get next(): number {
    return this.#chunked?.next ?? this.#next;
  }

  get held(): HeldBytes | null {
    return this.#chunked?.held ?? null;
  }

  /** Whether the end of the connection is the end of the body (RFC 9112 §6.3 rule 8). */
  get endsWithConnection(): boolean {
    return this.#chunked === null && this.#left === Number.POSITIVE_INFINITY;
  }

  read(bytes: Buffer, at: number, timeNs: number): 'more' | 'done' | 'broken' {
    if (this.#chunked !== null) return this.#chunked.read(bytes, at, timeNs);
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#next = end;
    this.#exchange.pushBodyPart(this.#side, bytes, at, end, timeNs);
    return this.#left === 0 ? 'done' : 'more';
  }

  /**
   * Bytes are missing. `inside`: they all belong to the body, which goes on; `done`: it ended with them; `beyond`: it
   * ended within them; `lost`: nobody knows where it ends.
   */
  skip(lengthBytes: number | null, timeNs: number): 'inside' | 'done' | 'beyond' | 'lost' {
    if (this.#chunked !== null) {
      if (lengthBytes === null || !this.#chunked.skip(lengthBytes)) return 'lost';
      this.#exchange.gapInBody(this.#side, lengthBytes, timeNs);
      return 'inside';
    }
    if (lengthBytes === null && !this.endsWithConnection) return 'lost';
    const inside = lengthBytes === null ? null : Math.min(lengthBytes, this.#left);
    this.#exchange.gapInBody(this.#side, inside, timeNs);
    this.#left -= inside ?? 0;
    if (this.#left > 0) return 'inside';
    return inside === lengthBytes ? 'done' : 'beyond';
  }
}
