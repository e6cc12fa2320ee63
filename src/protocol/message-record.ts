import type { Direction } from '../event/event.ts';
import type { BodyBudget } from './body/body-budget.ts';
import type { UnitType } from './unit-type.ts';
import { BodyCollector } from './body/body-collector.ts';
import type { Header, HttpMessage, HttpProtocol } from './exchange.ts';

/** What is known of a message when its head is complete. */
export interface MessageHead {
  readonly direction: Direction;
  readonly protocol: HttpProtocol;
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  readonly reasonPhrase: string;
  readonly headers: readonly Header[];
  /** `Content-Encoding` as sent (several fields joined with commas), then transfer codings other than `chunked`; or empty. */
  readonly contentCoding: string;
  /** Of a body that is made of units; null for most. */
  readonly unitType: UnitType | null;
  /** When the first byte of the head was seen. */
  readonly startTimeNs: number;
}

/** The growing side of the read-only `HttpMessage`. Only `ExchangeRecord` changes it. */
export class MessageRecord implements HttpMessage {
  readonly direction: Direction;
  readonly protocol: HttpProtocol;
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  readonly reasonPhrase: string;
  readonly headers: readonly Header[];
  readonly body: BodyCollector;
  readonly startTimeNs: number;
  readonly headTimeNs: number;
  unitProtocol: string | null = null;
  trailers: readonly Header[] = noHeaders;
  endTimeNs: number | null = null;
  cut: string | null = null;

  constructor(head: MessageHead, headTimeNs: number, bodyLimitBytes: number, budget?: BodyBudget) {
    this.direction = head.direction;
    this.protocol = head.protocol;
    this.method = head.method;
    this.url = head.url;
    this.status = head.status;
    this.reasonPhrase = head.reasonPhrase;
    this.headers = head.headers;
    this.body = new BodyCollector(bodyLimitBytes, head.contentCoding, budget);
    this.startTimeNs = head.startTimeNs;
    this.headTimeNs = headTimeNs;
  }
}

const noHeaders: readonly Header[] = Object.freeze([]);
