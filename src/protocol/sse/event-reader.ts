import { Buffer, isUtf8 } from 'node:buffer';
import type { BodyUnits } from '../body-units.ts';
import type { Exchange, HttpMessage } from '../exchange.ts';
import type { Emit } from '../protocol-event.ts';

/**
 * Server-sent events (WHATWG HTML §9.2.6): lines end with CRLF, LF or CR, an empty line ends an event. Each event is a
 * message with its `data`; `event`, `id` and `retry` are its fields. What is only comment is a message of its own kind.
 */
export class EventReader implements BodyUnits {
  readonly protocol = 'sse';
  readonly #exchange: Exchange;
  readonly #message: HttpMessage;
  readonly #emit: Emit;
  /** Pieces of the line that is not complete. */
  #line: Buffer[] = [];
  #lineBytes = 0;
  /** The last byte was CR: an LF that follows belongs to it. */
  #afterReturn = false;
  #isFirstLine = true;
  #data: string[] = [];
  #comments: string[] = [];
  #fields: [string, string][] = [];
  #keptBytes = 0;
  #wireBytes = 0;
  #cut: string | null = null;

  constructor(exchange: Exchange, message: HttpMessage, emit: Emit) {
    this.#exchange = exchange;
    this.#message = message;
    this.#emit = emit;
  }

  push(bytes: Uint8Array, timeNs: number): void {
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      const wasReturn = this.#afterReturn;
      this.#afterReturn = byte === 0x0d;
      if (byte === 0x0a && wasReturn) {
        start = at + 1;
        continue;
      }
      if (byte !== 0x0a && byte !== 0x0d) continue;
      this.#hold(bytes, start, at);
      this.#endLine(timeNs);
      start = at + 1;
    }
    this.#hold(bytes, start, bytes.length);
  }

  gap(lengthBytes: number | null, _timeNs: number): void {
    if (lengthBytes === 0) return;
    this.#afterReturn = false;
    this.#isFirstLine = false;
    this.#cut = 'lost bytes';
    // The rest of this line could be anything.
    this.#line = [];
    this.#lineBytes = lineLimitBytes + 1;
  }

  end(timeNs: number, cut: string | null): void {
    if (this.#lineBytes > 0) this.#endLine(timeNs);
    // An event that no empty line ends is not one (§9.2.6), but it was sent.
    this.#cut ??= cut ?? 'not ended';
    this.#dispatch(timeNs);
  }

  #hold(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    this.#wireBytes += length;
    this.#lineBytes += length;
    if (this.#lineBytes <= lineLimitBytes) this.#line.push(Buffer.from(bytes.subarray(from, to)));
    else this.#cut ??= `longer than ${lineLimitBytes} bytes`;
  }

  #endLine(timeNs: number): void {
    const isWhole = this.#lineBytes <= lineLimitBytes;
    const bytes = this.#line.length === 1 ? this.#line[0]! : Buffer.concat(this.#line);
    this.#line = [];
    const isEmpty = this.#lineBytes === 0;
    this.#lineBytes = 0;
    if (isEmpty) return this.#dispatch(timeNs);
    let text = bytes.toString('utf8');
    if (this.#isFirstLine && text.startsWith('\ufeff')) text = text.slice(1);
    this.#isFirstLine = false;
    if (isWhole && text !== '') this.#readLine(text);
  }

  #readLine(text: string): void {
    if (this.#keptBytes + text.length > eventLimitBytes) {
      this.#cut ??= `longer than ${eventLimitBytes} bytes`;
      return;
    }
    this.#keptBytes += text.length;
    const colon = text.indexOf(':');
    const name = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') this.#data.push(value);
    else if (colon === 0) this.#comments.push(value);
    else this.#fields.push([name, value]);
  }

  #dispatch(timeNs: number): void {
    const isEvent = this.#data.length > 0 || this.#fields.length > 0;
    if (isEvent) this.#tell('event', this.#data.join('\n'), this.#fields, timeNs);
    else if (this.#comments.length > 0) this.#tell('comment', this.#comments.join('\n'), noFields, timeNs);
    else if (this.#wireBytes > 0 || this.#cut === 'lost bytes') this.#tell('event', '', noFields, timeNs);
    this.#data = [];
    this.#comments = [];
    this.#fields = [];
    this.#keptBytes = 0;
    this.#wireBytes = 0;
    this.#cut = null;
  }

  #tell(kind: string, text: string, fields: readonly (readonly [string, string])[], timeNs: number): void {
    const bytes = Buffer.from(text);
    this.#emit({
      type: 'message',
      timeNs,
      connection: this.#exchange.connection,
      direction: this.#message.direction,
      exchange: this.#exchange,
      protocol: this.protocol,
      kind,
      bytes,
      isText: isUtf8(bytes),
      lengthBytes: this.#cut === null ? bytes.length : null,
      wireLengthBytes: null,
      fields,
      cut: this.#cut,
      describe: null,
    });
  }
}

const lineLimitBytes = 1 << 20;
const eventLimitBytes = 1 << 22;
const noFields: readonly never[] = Object.freeze([]);
