import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import type { ExchangeHead } from '../protocol/protocol-event.ts';
import type { BodyFormat } from './format-body.ts';
import { LiveBody, type LivePiece } from './live-body.ts';

/** A message whose head was seen and that is not over. It waits to be printed whole, but not for ever. */
export class ArrivingMessage {
  readonly exchange: Exchange;
  readonly message: HttpMessage;
  readonly isRequest: boolean;
  /** When something of it is to be printed; infinite while there is nothing. */
  dueNs: number;
  #body: LiveBody | null = null;
  #lastPieceNs = 0;

  constructor(head: ExchangeHead) {
    this.exchange = head.exchange;
    this.message = head.message;
    this.isRequest = head.type === 'request';
    this.dueNs = head.timeNs + patienceNs;
  }

  /** Its head was printed; its body is printed as it comes. */
  get isLive(): boolean {
    return this.#body !== null;
  }

  get isBinary(): boolean {
    return this.#body?.isBinary ?? false;
  }

  push(bytes: Uint8Array, timeNs: number): void {
    if (this.#body === null) return;
    this.#body.push(bytes);
    if (this.dueNs === Infinity) this.dueNs = Math.max(timeNs, this.#lastPieceNs + this.#pauseNs());
  }

  goLive(timeNs: number, format: BodyFormat): void {
    this.#body = new LiveBody(this.message, format);
    this.#lastPieceNs = timeNs;
    this.dueNs = Infinity;
  }

  /** What came of the body since the last call. */
  take(timeNs: number, isEnd: boolean): LivePiece {
    this.#lastPieceNs = timeNs;
    this.dueNs = Infinity;
    return this.#body?.take(isEnd) ?? nothing;
  }

  /** What a limit of the user hid of the body, as a line. */
  takeNotShown(): string {
    return this.#body?.takeNotShown() ?? '';
  }

  /** Pieces are joined for a moment; for longer where each costs decoding the whole body again. */
  #pauseNs(): number {
    const { body } = this.message;
    return body.encoding === null ? pauseNs : pauseNs + body.wireLengthBytes * pausePerCodedByteNs;
  }
}

const patienceNs = 1e9;
const pauseNs = 200e6;
const pausePerCodedByteNs = 1000;
const nothing: LivePiece = { lengthBytes: 0, lines: '' };
