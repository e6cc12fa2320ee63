import type { HttpMessage } from '../protocol/exchange.ts';
import type {
  ExchangeEnd,
  ExchangeHead,
  MessageEnd,
  ProtocolEvent,
  UnitMessage,
} from '../protocol/protocol-event.ts';
import type { Connection, StreamGap } from '../stream/stream-event.ts';
import type { Direction } from '../event/event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import { ArrivingMessage } from './arriving-message.ts';
import { ArrivingMessages } from './arriving-messages.ts';
import { ConnectionLabels } from './connection-labels.ts';
import { formatChunk } from './format-chunk.ts';
import { formatClose, formatOpen } from './format-connection.ts';
import { formatContinuation, formatLiveEnd } from './format-continuation.ts';
import { formatDroppedOutput } from './format-dropped-output.ts';
import { formatGap } from './format-gap.ts';
import { type MessageFormat, formatHead, formatMessage } from './format-message.ts';
import { formatRequestTarget, formatTarget } from './format-target.ts';
import { formatUnit } from './format-unit.ts';
import { HeadMemo } from './head-memo.ts';
import { formatHeadText } from './head-text.ts';
import { RecordOutput } from './record-output.ts';
import type { Sink, WriteText } from './sink.ts';
import type { TextOptions } from './text-options.ts';
import { type TextStyle, createTextStyle } from './text-style.ts';

/**
 * Text for people: each message is one block, printed when it is complete, so that what different connections say
 * stays apart. A message whose body is still arriving a second after its head is printed as it comes.
 */
export class TextSink implements Sink {
  readonly #options: TextOptions;
  readonly #style: TextStyle;
  readonly #format: MessageFormat;
  readonly #labels: ConnectionLabels;
  readonly #output: RecordOutput;
  readonly #arriving = new ArrivingMessages();
  /** When the first of those that arrive is to be looked at. */
  #nextDueNs = Infinity;
  /** The exchange whose block was printed last; 0 when it was something else. */
  #lastExchange = 0;
  #lastTimeNs = 0;

  constructor(write: WriteText, options: TextOptions) {
    this.#options = options;
    const style = createTextStyle(options);
    this.#style = style;
    this.#format = {
      ...options,
      style,
      verbose: options.verbosity === 'verbose',
      heads: new HeadMemo((message) => formatHeadText(message, style)),
      targets: new HeadMemo((request) => toUtf8String(formatRequestTarget(request, style))),
    };
    this.#labels = new ConnectionLabels(style);
    this.#output = new RecordOutput(write, (bytes) => formatDroppedOutput(bytes, style));
  }

  write(event: ProtocolEvent): void {
    this.#lastTimeNs = event.timeNs;
    // A message that goes live now has this piece in its body already.
    const isLivePiece = event.type === 'body' && this.#arriving.find(event.message)?.isLive === true;
    const isDue = event.timeNs >= this.#nextDueNs;
    if (isDue && event.type !== 'message-end') this.#showDue(event.timeNs);
    switch (event.type) {
      case 'request':
      case 'response':
        this.#begin(event);
        return;
      case 'message':
        this.#showHeadsOf(event);
        this.#print(
          event,
          event.connection,
          event.direction,
          formatUnit(event, this.#format),
          event.exchange?.id ?? 0,
        );
        return;
      case 'body':
        // What is told in units is not told twice.
        if (event.message.unitProtocol !== null) return;
        if (isLivePiece) this.#push(event.message, event.bytes, event.timeNs);
        return;
      case 'message-end':
        // What ends now is printed whole, however long it took.
        this.#endMessage(event);
        if (isDue) this.#showDue(event.timeNs);
        return;
      case 'exchange':
        this.#endExchange(event);
        return;
      case 'data':
        this.#print(
          event,
          event.connection,
          event.direction,
          formatChunk(event.bytes, event.offset, this.#format),
        );
        return;
      case 'gap':
        this.#printGap(event);
        return;
      case 'open':
        if (this.#format.verbose)
          this.#print(event, event.connection, 'both', formatOpen(event, this.#style));
        return;
      case 'close':
        if (this.#format.verbose)
          this.#print(event, event.connection, 'both', formatClose(event, this.#style));
        this.#labels.forget(event.connection);
        return;
      case 'control':
        if (this.#format.verbose) {
          const text = this.#style.paint.dim(escapeLine(event.text, this.#style.unicode));
          this.#print(event, event.connection, event.direction, `${text}\n`);
        }
        return;
      case 'tick':
        this.#output.catchUp();
        return;
      case 'secret':
    }
  }

  /** Shows what has arrived of messages that were not ended, if there are any. */
  end(): void {
    for (const arriving of this.#arriving) {
      if (arriving.isLive) this.#showPiece(arriving, this.#lastTimeNs, true);
      else this.#goLive(arriving, this.#lastTimeNs);
    }
    this.#arriving.clear();
    this.#output.catchUp();
  }

  #begin(event: ExchangeHead): void {
    const arriving = new ArrivingMessage(event);
    this.#arriving.add(arriving);
    this.#nextDueNs = Math.min(this.#nextDueNs, arriving.dueNs);
  }

  #push(message: HttpMessage, bytes: Uint8Array, timeNs: number): void {
    const arriving = this.#arriving.find(message);
    if (arriving === undefined) return;
    arriving.push(bytes, timeNs);
    if (arriving.dueNs <= timeNs) this.#showPiece(arriving, timeNs);
    else this.#nextDueNs = Math.min(this.#nextDueNs, arriving.dueNs);
  }

  #endMessage(event: MessageEnd): void {
    const { exchange, message } = event;
    const arriving = this.#arriving.find(message);
    this.#arriving.remove(message);
    if (arriving?.isLive === true) {
      this.#showPiece(arriving, event.timeNs, true);
      this.#printUtf8(
        event,
        exchange.connection,
        message.direction,
        formatLiveEnd(arriving, event.timeNs, this.#style),
        exchange.id,
      );
      return;
    }
    const isRequest = arriving?.isRequest ?? exchange.request === message;
    if (!isRequest) this.#showRequestOf(event);
    const nameRequest = this.#lastExchange !== exchange.id;
    const context = { isRequest, nameRequest, arriving: false };
    const block = formatMessage(exchange, message, context, this.#format);
    this.#printUtf8(event, exchange.connection, message.direction, block, exchange.id);
  }

  #endExchange(event: ExchangeEnd): void {
    const { exchange } = event;
    const { request, response } = exchange;
    if (request !== null) this.#arriving.remove(request);
    if (response !== null) this.#arriving.remove(response);
    if (response !== null || request === null || request.cut !== null) return;
    const direction = request.direction === 'read' ? 'write' : 'read';
    const warning = this.#style.paint.yellow(`${this.#style.warning} no response seen`);
    const name = this.#style.paint.dim(`(${formatTarget(exchange, this.#style)})`);
    this.#print(event, exchange.connection, direction, `${warning}  ${name}\n`, exchange.id);
  }

  /** A response that overtakes its request, such as a 413, comes after what is known of the request. */
  #showRequestOf(event: MessageEnd | ExchangeHead): void {
    const request = event.exchange.request;
    const arriving = request === null ? undefined : this.#arriving.find(request);
    if (arriving?.isLive === false) this.#goLive(arriving, event.timeNs);
  }

  /** The heads of the exchange that a unit belongs to come before it. */
  #showHeadsOf(event: UnitMessage): void {
    for (const message of [event.exchange?.request, event.exchange?.response]) {
      const arriving = message ? this.#arriving.find(message) : undefined;
      if (arriving?.isLive === false) this.#goLive(arriving, event.timeNs);
    }
  }

  #showDue(timeNs: number): void {
    this.#nextDueNs = Infinity;
    for (const arriving of this.#arriving) {
      if (arriving.dueNs <= timeNs) {
        if (arriving.isLive) this.#showPiece(arriving, timeNs);
        else this.#goLive(arriving, timeNs);
      }
      this.#nextDueNs = Math.min(this.#nextDueNs, arriving.dueNs);
    }
    // With thousands of streams at once this loop must not run for every event.
    this.#nextDueNs = Math.max(this.#nextDueNs, timeNs + lookPauseNs);
  }

  #goLive(arriving: ArrivingMessage, timeNs: number): void {
    const { exchange, message, isRequest } = arriving;
    const nameRequest = this.#lastExchange !== exchange.id;
    arriving.goLive(timeNs, this.#format);
    const context = { isRequest, nameRequest, arriving: true };
    const head = formatHead(exchange, message, this.#format.heads.find(message), context, this.#format);
    const { lines } = arriving.take(timeNs, false);
    const body = lines === '' ? '' : `\n${toUtf8String(lines)}`;
    this.#printUtf8({ timeNs }, exchange.connection, message.direction, `${head}${body}\n`, exchange.id);
  }

  #showPiece(arriving: ArrivingMessage, timeNs: number, isEnd = false): void {
    const { exchange, message } = arriving;
    const text = formatContinuation(arriving, arriving.take(timeNs, isEnd), this.#style);
    if (text !== '') this.#print({ timeNs }, exchange.connection, message.direction, text, exchange.id);
  }

  #printGap(event: StreamGap): void {
    const { connection, direction } = event;
    for (const arriving of this.#arriving) {
      const isHere = arriving.exchange.connection === connection && arriving.message.direction === direction;
      if (isHere && arriving.isLive) this.#showPiece(arriving, event.timeNs);
    }
    // Nothing that was being said is missing; -v tells of it when the connection appears.
    if (event.reason === 'joined-late') return;
    this.#print(event, connection, direction, `${formatGap(event.lengthBytes, event.reason, this.#style)}\n`);
  }

  #print(
    at: { readonly timeNs: number },
    connection: Connection,
    direction: Direction | 'both',
    text: string,
    exchangeId = 0,
  ): void {
    this.#printUtf8(at, connection, direction, toUtf8String(text), exchangeId);
  }

  #printUtf8(
    at: { readonly timeNs: number },
    connection: Connection,
    direction: Direction | 'both',
    text: Utf8String,
    exchangeId: number,
  ): void {
    const time = this.#style.paint.dim(this.#options.clock.timeOfDay(at.timeNs));
    this.#output.emit(`${time}${this.#labels.line(connection, direction)}${text}`);
    this.#lastExchange = exchangeId;
  }
}

const lookPauseNs = 50e6;
