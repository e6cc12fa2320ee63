import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Connection, StreamClose } from '../stream/stream-event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatSize } from '../util/format-size.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import { ConnectionLabels } from './connection-labels.ts';
import { formatDroppedOutput } from './format-dropped-output.ts';
import { formatGap } from './format-gap.ts';
import { formatBodySize } from './format-head-line.ts';
import { paintStatus } from './format-status.ts';
import { withoutScheme } from './format-target.ts';
import { HeadMemo } from './head-memo.ts';
import { RecordOutput } from './record-output.ts';
import { safeLine } from './safe-line.ts';
import type { Sink, WriteText } from './sink.ts';
import type { TextOptions } from './text-options.ts';
import { type TextStyle, createTextStyle } from './text-style.ts';

/** `-q`: one line per exchange when it ends, one per gap, and one per connection that spoke no known protocol. */
export class QuietSink implements Sink {
  readonly #options: TextOptions;
  readonly #style: TextStyle;
  readonly #labels: ConnectionLabels;
  readonly #output: RecordOutput;
  /** What a line says of a request. */
  readonly #requests: HeadMemo<Utf8String | null>;
  readonly #arrow: Utf8String;
  /** Connections that spoke no known protocol. */
  readonly #unknown = new Set<number>();

  constructor(write: WriteText, options: TextOptions) {
    this.#options = options;
    const style = createTextStyle(options);
    this.#style = style;
    this.#labels = new ConnectionLabels(style);
    this.#requests = new HeadMemo((request) => formatRequest(request, style));
    this.#arrow = toUtf8String(style.write);
    this.#output = new RecordOutput(write, (bytes) => formatDroppedOutput(bytes, style));
  }

  write(event: ProtocolEvent): void {
    switch (event.type) {
      case 'exchange':
        this.#print(event, event.exchange.connection, this.#formatExchange(event.exchange));
        return;
      case 'data':
        this.#unknown.add(event.connection.id);
        return;
      case 'gap':
        if (event.reason !== 'joined-late') {
          const direction = this.#style[event.direction];
          const gap = formatGap(event.lengthBytes, event.reason, this.#style);
          this.#print(event, event.connection, toUtf8String(`${direction} ${gap}`));
        }
        return;
      case 'close':
        if (this.#unknown.delete(event.connection.id))
          this.#print(event, event.connection, formatUnknown(event));
        this.#labels.forget(event.connection);
        return;
      case 'tick':
        this.#output.catchUp();
        return;
      case 'open':
      case 'request':
      case 'response':
      case 'body':
      case 'message-end':
      case 'control':
      case 'message':
      case 'secret':
    }
  }

  end(): void {
    this.#output.catchUp();
  }

  #print(at: { readonly timeNs: number }, connection: Connection, text: Utf8String): void {
    const time = this.#style.paint.dim(this.#options.clock.timeOfDay(at.timeNs).slice(0, 8));
    this.#output.emit(`${time}${this.#labels.short(connection)}${text}\n`);
  }

  /** `GET shop.local/api/items?page=2 → 200  1.2 kB  8 ms` */
  #formatExchange(exchange: Exchange): Utf8String {
    const { request, response, durationNs } = exchange;
    const style = this.#style;
    const status = response?.status ?? null;
    const answer = status === null ? '?' : paintStatus(status, String(status), style);
    const name = (request === null ? null : this.#requests.find(request)) ?? formatUnseen(exchange);
    let line = `${name} ${this.#arrow} ${answer}`;
    if (response !== null && response.body.wireLengthBytes > 0) line += `  ${formatBodySize(response)}`;
    if (durationNs !== null) line += `  ${formatDuration(durationNs)}`;
    const cut = response === null ? (request?.cut ?? 'no response seen') : response.cut;
    return cut === null ? line : `${line}  ${formatCut(cut, style)}`;
  }
}

/** Null where neither method nor URL is known. */
function formatRequest({ method, url }: HttpMessage, style: TextStyle): Utf8String | null {
  if (method === null && url === null) return null;
  const name = style.paint.bold(safeLine(method ?? '?', style.unicode));
  return `${name} ${safeLine(withoutScheme(url ?? '?'), style.unicode)}`;
}

function formatUnseen({ joinedLate }: Exchange): string {
  return joinedLate ? '? (sent before the capture joined)' : '? (not seen)';
}

function formatCut(cut: string, style: TextStyle): Utf8String {
  return toUtf8String(style.paint.yellow(`${style.warning} ${escapeLine(cut, style.unicode)}`));
}

function formatUnknown(event: StreamClose): string {
  const { readBytes, writtenBytes, openedTimeNs } = event.connection;
  const duration = formatDuration(event.timeNs - openedTimeNs);
  return `no known protocol  ${formatSize(readBytes)} read  ${formatSize(writtenBytes)} written  ${duration}`;
}
