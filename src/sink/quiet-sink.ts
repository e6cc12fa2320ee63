import type { Exchange } from '../protocol/exchange.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Connection, StreamClose } from '../stream/stream-event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatSize } from '../util/format-size.ts';
import { toUtf8String } from '../util/utf8-string.ts';
import { ConnectionLabels } from './connection-labels.ts';
import { formatDroppedOutput } from './format-dropped-output.ts';
import { formatGap } from './format-gap.ts';
import { formatBodySize } from './format-head-line.ts';
import { paintStatus } from './format-status.ts';
import { withoutScheme } from './format-target.ts';
import { RecordOutput } from './record-output.ts';
import type { Sink, WriteText } from './sink.ts';
import type { TextOptions } from './text-options.ts';
import { type TextStyle, createTextStyle } from './text-style.ts';

/** `-q`: one line per exchange when it ends, one per gap, and one per connection that spoke no known protocol. */
export class QuietSink implements Sink {
  readonly #options: TextOptions;
  readonly #style: TextStyle;
  readonly #labels: ConnectionLabels;
  readonly #output: RecordOutput;
  /** Connections that spoke no known protocol. */
  readonly #unknown = new Set<number>();

  constructor(write: WriteText, options: TextOptions) {
    this.#options = options;
    const style = createTextStyle(options);
    this.#style = style;
    this.#labels = new ConnectionLabels(style);
    this.#output = new RecordOutput(write, (bytes) => formatDroppedOutput(bytes, style));
  }

  write(event: ProtocolEvent): void {
    switch (event.type) {
      case 'exchange':
        this.#print(event, event.exchange.connection, formatExchange(event.exchange, this.#style));
        return;
      case 'data':
        this.#unknown.add(event.connection.id);
        return;
      case 'gap':
        if (event.reason !== 'joined-late') {
          const direction = this.#style[event.direction];
          const gap = formatGap(event.lengthBytes, event.reason, this.#style);
          this.#print(event, event.connection, `${direction} ${gap}`);
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
    }
  }

  end(): void {
    this.#output.catchUp();
  }

  #print(at: { readonly timeNs: number }, connection: Connection, text: string): void {
    const time = this.#style.paint.dim(this.#options.clock.timeOfDay(at.timeNs).slice(0, 8));
    this.#output.emit(`${time}${this.#labels.short(connection)}${toUtf8String(text)}\n`);
  }
}

/** `GET shop.local/api/items?page=2 → 200  1.2 kB  8 ms` */
function formatExchange(exchange: Exchange, style: TextStyle): string {
  const { request, response, durationNs } = exchange;
  const { paint, unicode, warning } = style;
  const status = response?.status ?? null;
  const answer = status === null ? '?' : paintStatus(status, String(status), style);
  let line = `${formatRequest(exchange, style)} ${style.write} ${answer}`;
  if (response !== null && response.body.wireLengthBytes > 0) line += `  ${formatBodySize(response)}`;
  if (durationNs !== null) line += `  ${formatDuration(durationNs)}`;
  const cut = response === null ? (request?.cut ?? 'no response seen') : response.cut;
  if (cut !== null) line += `  ${paint.yellow(`${warning} ${escapeLine(cut, unicode)}`)}`;
  return line;
}

function formatRequest(exchange: Exchange, style: TextStyle): string {
  const { request, joinedLate } = exchange;
  const { method = null, url = null } = request ?? {};
  if (method === null && url === null)
    return joinedLate ? '? (sent before the capture joined)' : '? (not seen)';
  const name = style.paint.bold(escapeLine(method ?? '?', style.unicode));
  return `${name} ${escapeLine(withoutScheme(url ?? '?'), style.unicode)}`;
}

function formatUnknown(event: StreamClose): string {
  const { readBytes, writtenBytes, openedTimeNs } = event.connection;
  const duration = formatDuration(event.timeNs - openedTimeNs);
  return `no known protocol  ${formatSize(readBytes)} read  ${formatSize(writtenBytes)} written  ${duration}`;
}
