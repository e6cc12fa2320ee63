import type { Direction } from '../../event/event.ts';
import type { ConnectionObserver, EndReason, ObserverContext } from '../connection-observer.ts';
import { ExchangeRecord } from '../exchange-record.ts';
import type { MessageHead } from '../message-record.ts';
import { RawData } from '../raw-data.ts';
import { RawObserver } from '../raw-observer.ts';
import { ExchangeQueue } from './exchange-queue.ts';
import { messageFraming } from './message-framing.ts';
import { type ObserveUnknown, Tunnel } from './tunnel.ts';
import type { BegunMessage, MessageOwner } from './message-owner.ts';
import { MessageReader } from './message-reader.ts';
import type { Http1Head } from './parse-head.ts';

/**
 * Watches an HTTP/1.x connection: one reader per direction, and the queue that pairs what they find. Which direction
 * carries requests is seen from the bytes; the connection's role is asked only where its beginning was not seen.
 */
export class Http1Observer implements ConnectionObserver, MessageOwner {
  readonly #context: ObserverContext;
  readonly #queue: ExchangeQueue;
  readonly #read: MessageReader;
  readonly #write: MessageReader;
  readonly #observeUnknown: ObserveUnknown;
  #tunnel: Tunnel | null = null;
  #lastTimeNs = Number.POSITIVE_INFINITY;

  /** `observeUnknown` is asked for what comes after CONNECT, or an upgrade to a protocol that is not known here. */
  constructor(context: ObserverContext, observeUnknown: ObserveUnknown = passOn) {
    const { joinedLate } = context.connection;
    this.#context = context;
    this.#observeUnknown = observeUnknown;
    this.#queue = new ExchangeQueue(context);
    this.#read = new MessageReader(this, new RawData(context, 'read'), joinedLate);
    this.#write = new MessageReader(this, new RawData(context, 'write'), joinedLate);
    if (joinedLate) this.#useRole();
  }

  data(direction: Direction, bytes: Uint8Array, timeNs: number): void {
    if (timeNs - this.#lastTimeNs >= silenceNs) this.#queue.silence();
    this.#lastTimeNs = timeNs;
    this.#reader(direction).data(asBuffer(bytes), timeNs);
  }

  gap(direction: Direction, lengthBytes: number | null, timeNs: number): void {
    this.#lastTimeNs = timeNs;
    const reader = this.#reader(direction);
    const offset = reader.offset;
    reader.gap(lengthBytes, timeNs);
    if (reader.isTunnel) this.#tunnel?.gap(direction, lengthBytes, offset, timeNs);
  }

  end(timeNs: number, reason: EndReason): void {
    this.#read.end(timeNs, reason);
    this.#write.end(timeNs, reason);
    this.#queue.close(timeNs, reason);
    this.#tunnel?.end(timeNs, reason);
  }

  begin(reader: MessageReader, head: Http1Head, startTimeNs: number, timeNs: number): BegunMessage {
    if (reader.kind === null) this.#setKinds(reader, head.kind);
    const message = messageHead(head, reader === this.#read ? 'read' : 'write', startTimeNs);
    if (head.kind === 'request') return this.#beginRequest(head, message, timeNs);
    return this.#beginResponse(head, message, timeNs);
  }

  lost(reader: MessageReader, timeNs: number): void {
    if (reader.kind === null) this.#useRole();
    // As long as nobody knows which direction it is, nothing was paired either.
    if (reader.kind !== 'response') this.#queue.loseRequests();
    if (reader.kind !== 'request') this.#queue.loseResponses(timeNs);
  }

  joinedInside(reader: MessageReader, timeNs: number): void {
    if (reader.kind !== 'request') this.#queue.joinedInResponse(timeNs);
  }

  tunnel(reader: MessageReader, exchange: ExchangeRecord, timeNs: number): void {
    this.#tunnel ??= new Tunnel(this.#context, exchange, this.#observeUnknown);
    this.#other(reader).becomeRaw(timeNs);
  }

  tunnelled(reader: MessageReader, bytes: Uint8Array, offset: number, timeNs: number): void {
    this.#tunnel?.data(reader === this.#read ? 'read' : 'write', bytes, offset, timeNs);
  }

  #beginRequest(head: Http1Head, message: MessageHead, timeNs: number): BegunMessage {
    const exchange = new ExchangeRecord(this.#context, head.protocol, null, message.startTimeNs);
    exchange.begin('request', message, timeNs);
    this.#queue.add(exchange, timeNs);
    return { exchange, framing: messageFraming(head, null) };
  }

  #beginResponse(head: Http1Head, message: MessageHead, timeNs: number): BegunMessage {
    const { status } = head;
    if (status !== null && status < 200 && status !== 101) return this.#beginInterim(head, message, timeNs);
    const exchange = this.#queue.take(timeNs) ?? this.#unpaired(head, message, timeNs);
    this.#queue.answered(exchange);
    exchange.begin('response', message, timeNs);
    return { exchange, framing: messageFraming(head, exchange.request?.method ?? null) };
  }

  /** Apart from final responses, which would pay for the closure. */
  #beginInterim(head: Http1Head, message: MessageHead, timeNs: number): BegunMessage {
    const exchange = this.#queue.takeInterim(timeNs, () => this.#unpaired(head, message, timeNs));
    exchange.addInformational(message, timeNs);
    return { exchange: null, framing: { type: 'none' } };
  }

  /** The exchange of a response whose request was not seen, or cannot be told. */
  #unpaired(head: Http1Head, message: MessageHead, timeNs: number): ExchangeRecord {
    const exchange = new ExchangeRecord(this.#context, head.protocol, null, message.startTimeNs);
    if (this.#queue.isUncertain) exchange.gaps += 1;
    else exchange.joinedLate = this.#context.connection.joinedLate;
    exchange.cut('request', 'not seen', timeNs);
    return exchange;
  }

  #useRole(): void {
    const { role } = this.#context.connection;
    if (role !== null && this.#read.kind === null) {
      this.#setKinds(this.#read, role === 'server' ? 'request' : 'response');
    }
  }

  #setKinds(reader: MessageReader, kind: 'request' | 'response'): void {
    reader.kind = kind;
    this.#other(reader).kind = kind === 'request' ? 'response' : 'request';
  }

  #reader(direction: Direction): MessageReader {
    return direction === 'read' ? this.#read : this.#write;
  }

  #other(reader: MessageReader): MessageReader {
    return reader === this.#read ? this.#write : this.#read;
  }
}

function messageHead(head: Http1Head, direction: Direction, startTimeNs: number): MessageHead {
  return {
    direction,
    protocol: head.protocol,
    method: head.method,
    url: head.url,
    status: head.status,
    reasonPhrase: head.reasonPhrase,
    headers: head.headers,
    contentCoding: head.contentCoding,
    unitType: head.unitType,
    startTimeNs,
  };
}

function passOn(context: ObserverContext): ConnectionObserver {
  return new RawObserver(context);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A request that comes after this much silence has none before it that still waits: long polls do not pipeline. */
const silenceNs = 5e9;
