import type { ExchangeRecord } from '../exchange-record.ts';
import type { Framing } from './message-framing.ts';
import type { MessageReader } from './message-reader.ts';
import type { Http1Head } from './parse-head.ts';

/** The message that a head began. */
export interface BegunMessage {
  /** Null when it is over already (1xx). */
  readonly exchange: ExchangeRecord | null;
  readonly framing: Framing;
}

/** What one direction's reader tells the connection, and asks of it. */
export interface MessageOwner {
  begin(reader: MessageReader, head: Http1Head, startTimeNs: number, timeNs: number): BegunMessage;
  /** An unknown number of messages of this direction went by unseen. */
  lost(reader: MessageReader, timeNs: number): void;
  /** Joined late: this direction did not begin with a message. */
  joinedInside(reader: MessageReader, timeNs: number): void;
  /** Both directions carry no HTTP from here on. */
  tunnel(reader: MessageReader, exchange: ExchangeRecord, timeNs: number): void;
  /** Bytes of such a direction, from `offset` of it on. */
  tunnelled(reader: MessageReader, bytes: Uint8Array, offset: number, timeNs: number): void;
}
