import type { Connection } from '../stream/stream-event.ts';
import { type BodyUnits, createBodyUnits } from './body-units.ts';
import type { UnitType } from './unit-type.ts';
import type { ObserverContext } from './connection-observer.ts';
import type { Exchange, Header, HttpMessage, HttpProtocol } from './exchange.ts';
import { type MessageHead, MessageRecord } from './message-record.ts';

export type Side = 'request' | 'response';

/**
 * The growing side of the read-only `Exchange`. An observer tells it what happens, in any order; it emits `request`,
 * `response`, `body`, `message-end` and `exchange` in the order that `ProtocolEvent` promises. Each side is begun and
 * ended at most once: what comes for a side that has not begun, or is over, is ignored.
 */
export class ExchangeRecord implements Exchange {
  readonly id: number;
  readonly connection: Connection;
  readonly protocol: HttpProtocol;
  readonly stream: number | null;
  readonly startedTimeNs: number;
  request: MessageRecord | null = null;
  response: MessageRecord | null = null;
  informational: readonly HttpMessage[] = noMessages;
  gaps = 0;
  joinedLate = false;

  readonly #context: ObserverContext;
  #requestUnits: BodyUnits | null = null;
  #responseUnits: BodyUnits | null = null;
  #requestOver = false;
  #responseOver = false;
  #emitted = false;

  constructor(
    context: ObserverContext,
    protocol: HttpProtocol,
    stream: number | null,
    startedTimeNs: number,
  ) {
    this.#context = context;
    this.id = context.nextExchangeId();
    this.connection = context.connection;
    this.protocol = protocol;
    this.stream = stream;
    this.startedTimeNs = startedTimeNs;
  }

  get durationNs(): number | null {
    const start = this.request?.startTimeNs;
    const end = this.response?.endTimeNs ?? null;
    return start === undefined || end === null ? null : end - start;
  }

  /** Both sides are over and `exchange` was emitted; nothing more will be. */
  get isOver(): boolean {
    return this.#emitted;
  }

  isSideOver(side: Side): boolean {
    return side === 'request' ? this.#requestOver : this.#responseOver;
  }

  /** The head of a request, or of a final response (101 is one), is complete. */
  begin(side: Side, head: MessageHead, timeNs: number): void {
    if (this.isSideOver(side) || this[side] !== null) return;
    const message = new MessageRecord(head, timeNs, this.#context.bodyLimitBytes, this.#context.bodyBudget);
    if (side === 'request') this.request = message;
    else this.response = message;
    if (head.unitType !== null) this.#setUnits(side, message, head.unitType);
    this.#context.emit({ type: side, timeNs, exchange: this, message });
  }

  /** A 1xx response other than 101: emitted like a response of its own, `response` stays open for the final one. */
  addInformational(head: MessageHead, timeNs: number): void {
    if (this.#responseOver || this.response !== null) return;
    // A server could send them for ever; the events still tell of each.
    const message = new MessageRecord(head, timeNs, 0);
    message.body.finish();
    message.endTimeNs = timeNs;
    if (this.informational.length < maxInformational) this.informational = [...this.informational, message];
    this.#context.emit({ type: 'response', timeNs, exchange: this, message });
    this.#context.emit({ type: 'message-end', timeNs, exchange: this, message });
  }

  /** The next bytes of a side's body, transfer coding (chunks, frames, padding) removed. */
  pushBody(side: Side, bytes: Uint8Array, timeNs: number): void {
    const message = this.#open(side);
    if (message === null || bytes.length === 0) return;
    message.body.push(bytes);
    this.#context.emit({ type: 'body', timeNs, exchange: this, message, bytes });
    this.#units(side)?.push(bytes, timeNs);
  }

  /** The same for `source[start, end)`. */
  pushBodyPart(side: Side, source: Buffer, start: number, end: number, timeNs: number): void {
    const message = this.#open(side);
    if (message === null || start >= end) return;
    const bytes = message.body.pushPart(source, start, end);
    this.#context.emit({ type: 'body', timeNs, exchange: this, message, bytes });
    this.#units(side)?.push(bytes, timeNs);
  }

  /** Bytes of a side's body are missing (null: nobody knows how many), and the message goes on. */
  gapInBody(side: Side, lengthBytes: number | null, timeNs: number): void {
    const message = this.#open(side);
    if (message === null) return;
    message.body.gap(lengthBytes);
    this.#units(side)?.gap(lengthBytes, timeNs);
    this.gaps += 1;
  }

  setTrailers(side: Side, trailers: readonly Header[]): void {
    const message = this.#open(side);
    if (message !== null) message.trailers = trailers;
  }

  /** The last byte of a side was seen. */
  end(side: Side, timeNs: number): void {
    const message = this.#open(side);
    if (message === null) return;
    message.endTimeNs = timeNs;
    message.body.finish();
    this.#finish(side, message, timeNs);
  }

  /** A side will never be complete. One that has not begun is given up: it stays null. */
  cut(side: Side, reason: string, timeNs: number): void {
    if (this.isSideOver(side)) return;
    const message = this[side];
    if (message !== null) message.cut = reason;
    this.#finish(side, message, timeNs);
  }

  /** Nothing more will come, for either side. */
  close(reason: string, timeNs: number): void {
    this.cut('request', reason, timeNs);
    this.cut('response', reason, timeNs);
  }

  #units(side: Side): BodyUnits | null {
    return side === 'request' ? this.#requestUnits : this.#responseUnits;
  }

  #setUnits(side: Side, message: MessageRecord, type: UnitType): void {
    const units = createBodyUnits(type, this, message, this.#context.emit);
    if (units === null) return;
    message.unitProtocol = units.protocol;
    if (side === 'request') this.#requestUnits = units;
    else this.#responseUnits = units;
  }

  #open(side: Side): MessageRecord | null {
    return this.isSideOver(side) ? null : this[side];
  }

  #finish(side: Side, message: MessageRecord | null, timeNs: number): void {
    if (side === 'request') this.#requestOver = true;
    else this.#responseOver = true;
    if (message !== null) this.#units(side)?.end(timeNs, message.cut);
    if (message !== null) this.#context.emit({ type: 'message-end', timeNs, exchange: this, message });
    if (!this.#requestOver || !this.#responseOver || this.#emitted) return;
    this.#emitted = true;
    this.#context.emit({ type: 'exchange', timeNs, exchange: this });
    this.request?.body.release();
    this.response?.body.release();
  }
}

const maxInformational = 16;
const noMessages: readonly HttpMessage[] = Object.freeze([]);
