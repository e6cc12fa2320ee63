import type { EndReason, ObserverContext } from '../connection-observer.ts';
import type { ExchangeRecord } from '../exchange-record.ts';

/**
 * Pairs responses with requests: they come in the same order, and nothing in them says which belongs to which. So after
 * a loss it is better to pair nothing than to pair wrongly. What is known is kept as: `pending`, requests seen and not
 * answered, then an upper bound for further unanswered ones that were not seen or cannot be told apart (`#unseen`).
 * While that bound is not 0, requests and responses stand alone.
 *
 * It becomes 0 again when it was counted down, or when the client has shown that it does not pipeline: `waitsNeeded`
 * times in a row it sent one request and waited for the whole answer, or there was a long silence.
 */
export class ExchangeQueue {
  readonly #bodyLimitBytes: number;
  readonly #pending: ExchangeRecord[] = [];
  /** Requests before `#pending` whose records were given up to bound memory; their answers will come. */
  #forgotten = 0;
  #unseen = 0;
  /** Responses were lost: some of the oldest requests may be answered. */
  #isDoubtful = false;
  /** Joined late: that nothing was under way is an assumption, dropped when the client turns out to pipeline. */
  #isAssumed: boolean;
  /** Whether the response taken last, if it stands alone, does so because of a loss. */
  isUncertain = false;
  /** Requests seen since the last response, and how often in a row the client waited for its answer. */
  #waiting = 0;
  #waits = 0;
  #wasSilent = false;
  /** The exchange whose response came last. */
  #last: ExchangeRecord | null = null;
  /** The exchange of the interim (1xx) responses that came last, if the final one has not come. */
  #informed: ExchangeRecord | null = null;

  constructor(context: ObserverContext) {
    this.#bodyLimitBytes = context.bodyLimitBytes;
    this.#isAssumed = context.connection.joinedLate;
  }

  /** A request's head is complete. Its exchange may be told at once that it will see no response. */
  add(exchange: ExchangeRecord, timeNs: number): void {
    const isAlone = this.#waiting === 0 && this.#isIdle();
    if (!isAlone) {
      this.#waits = 0;
      if (this.#isAssumed) this.#giveUpAll(timeNs);
    } else if (this.#wasSilent || this.#waits >= waitsNeeded) {
      this.#unseen = 0;
      this.#isAssumed = false;
    }
    this.#wasSilent = false;
    this.#waiting += 1;
    if (this.#unseen > 0) {
      this.#unseen += 1;
      this.#giveUp(exchange, timeNs);
      return;
    }
    this.#pending.push(exchange);
    this.#forgetSome(timeNs);
  }

  /** The exchange that a final response belongs to; null when its request was not seen, or it is not certain which. */
  take(timeNs: number): ExchangeRecord | null {
    const informed = this.#informed;
    this.#informed = null;
    return informed ?? this.#takeNext(timeNs);
  }

  /** The same for an interim response; `make` supplies the exchange if there is none, and the final one will get it. */
  takeInterim(timeNs: number, make: () => ExchangeRecord): ExchangeRecord {
    this.#informed ??= this.#takeNext(timeNs) ?? make();
    this.#last = this.#informed;
    return this.#informed;
  }

  /** The response taken last is this one's, so that the queue can see when it ends. */
  answered(exchange: ExchangeRecord): void {
    this.#last = exchange;
  }

  /** Requests went by unseen: those seen before are answered first, after them nothing is certain. */
  loseRequests(): void {
    this.#unseen = Number.POSITIVE_INFINITY;
    this.#forgetHabits();
  }

  /** Responses went by unseen. */
  loseResponses(timeNs: number): void {
    const informed = this.#informed;
    this.#informed = null;
    this.#isDoubtful = true;
    this.#forgetHabits();
    if (informed?.request === null) informed.cut('response', 'lost bytes', timeNs);
    else if (informed !== null) this.#pending.unshift(informed);
  }

  /** Joined late, and what comes from the server first is the middle of a response to a request before the capture. */
  joinedInResponse(timeNs: number): void {
    if (this.#isAssumed && this.#pending.length > 0) this.#giveUpAll(timeNs);
  }

  /** No byte came in either direction for a long time. */
  silence(): void {
    this.#wasSilent = this.#waiting === 0 && this.#isIdle();
  }

  /** The connection ended. */
  close(timeNs: number, reason: EndReason): void {
    this.#informed?.close(reason, timeNs);
    for (const exchange of this.#pending.splice(0)) exchange.close(reason, timeNs);
  }

  #takeNext(timeNs: number): ExchangeRecord | null {
    const isAnswerToOne = this.#waiting === 1 && this.#isIdle();
    this.#waits = isAnswerToOne ? this.#waits + 1 : 0;
    this.#waiting = 0;
    this.#wasSilent = false;
    this.isUncertain = this.#isDoubtful || this.#unseen > 0;
    if (this.#isDoubtful) this.#resolveDoubt(timeNs);
    if (this.#forgotten > 0) {
      this.#forgotten -= 1;
      return null;
    }
    const next = this.#pending.shift();
    if (next === undefined && this.#unseen > 0) this.#unseen -= 1;
    return next ?? null;
  }

  /** A response came, so at least one request was open: if it is the only candidate, it is the one. */
  #resolveDoubt(timeNs: number): void {
    this.#isDoubtful = false;
    const seen = this.#pending.length + this.#forgotten;
    if (seen > 1 || (seen === 1 && this.#unseen > 0)) this.#giveUpAll(timeNs, seen + this.#unseen);
  }

  #giveUpAll(timeNs: number, unseen: number = Number.POSITIVE_INFINITY): void {
    this.#forgotten = 0;
    this.#unseen = unseen;
    this.#isAssumed = false;
    for (const exchange of this.#pending.splice(0)) this.#giveUp(exchange, timeNs);
  }

  /** After a loss: its answer will come, or is gone, but nobody can tell which it is. */
  #giveUp(exchange: ExchangeRecord, timeNs: number): void {
    exchange.gaps += 1;
    exchange.cut('response', 'lost bytes', timeNs);
  }

  #forgetHabits(): void {
    this.#waits = 0;
    this.#wasSilent = false;
  }

  #isIdle(): boolean {
    return this.#last === null || this.#last.isSideOver('response');
  }

  /** A client that sends and sends, and is never answered, must not fill the memory. */
  #forgetSome(timeNs: number): void {
    const { length } = this.#pending;
    if (length % 16 !== 0) return;
    let keptBytes = 0;
    for (const { request } of this.#pending) keptBytes += request?.body.keptBytes ?? 0;
    if (length < maxPending && keptBytes <= maxPendingBodies * this.#bodyLimitBytes) return;
    for (const exchange of this.#pending.splice(0, length >> 1)) {
      this.#forgotten += 1;
      exchange.cut('response', 'too many requests without an answer', timeNs);
    }
  }
}

const waitsNeeded = 8;
const maxPending = 512;
const maxPendingBodies = 8;
