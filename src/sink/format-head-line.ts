import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatSize } from '../util/format-size.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import { formatTarget } from './format-target.ts';
import type { HeadMemo } from './head-memo.ts';
import type { HeadText } from './head-text.ts';
import type { TextStyle } from './text-style.ts';

export interface HeadLineFormat {
  readonly style: TextStyle;
  readonly verbose: boolean;
  /** Short names of requests. */
  readonly targets: HeadMemo<Utf8String>;
}

export interface HeadLineContext {
  /** Its body is still arriving: its size is not known yet. */
  readonly arriving: boolean;
  /** Responses: say which request this answers. */
  readonly nameRequest: boolean;
}

/** `GET https://shop.local/api/items?page=2  HTTP/2`, with type and size of a body if it has one. */
export function formatRequestLine(
  exchange: Exchange,
  message: HttpMessage,
  head: HeadText,
  context: HeadLineContext,
  format: HeadLineFormat,
): Utf8String {
  const { style, verbose } = format;
  const protocol = style.paint.dim(formatProtocol(exchange, message, verbose));
  const start = head.start ?? formatUnknown('method and URL', exchange);
  return `${start}  ${protocol}${formatContent(message, head, context, style)}`;
}

/** `200 OK  application/json  1.2 kB (gzip 412 B)  8 ms  (GET /api/items?page=2)` */
export function formatResponseLine(
  exchange: Exchange,
  message: HttpMessage,
  head: HeadText,
  context: HeadLineContext,
  format: HeadLineFormat,
): Utf8String {
  const { style, verbose } = format;
  let line = head.start ?? formatUnknown('status', exchange);
  line += formatContent(message, head, context, style);
  const durationNs = message === exchange.response ? exchange.durationNs : null;
  if (durationNs !== null) line += `  ${formatDuration(durationNs)}`;
  if (context.nameRequest) line += `  ${style.paint.dim(`(${findTarget(exchange, format)})`)}`;
  if (verbose) line += `  ${style.paint.dim(formatProtocol(exchange, message, true))}`;
  return line;
}

/** `1.2 kB (gzip 412 B)`; while it is not known, what was on the wire: `gzip 412 B`. */
export function formatBodySize(message: HttpMessage): string {
  const { wireLengthBytes, encoding } = message.body;
  const wire = formatSize(wireLengthBytes);
  if (encoding === null) return wire;
  const { lengthBytes } = message.body.decoded();
  return lengthBytes === null ? `${encoding} ${wire}` : `${formatSize(lengthBytes)} (${encoding} ${wire})`;
}

/** `? (status sent before the capture joined)` */
function formatUnknown(what: string, exchange: Exchange): string {
  return exchange.joinedLate ? `? (${what} sent before the capture joined)` : `? (${what} not seen)`;
}

function formatContent(
  message: HttpMessage,
  head: HeadText,
  { arriving }: HeadLineContext,
  style: TextStyle,
): Utf8String {
  if (arriving) return `${head.mediaType}  ${toUtf8String(style.ellipsis)} still arriving`;
  return message.body.wireLengthBytes === 0 ? '' : `${head.mediaType}  ${formatBodySize(message)}`;
}

function findTarget(exchange: Exchange, format: HeadLineFormat): Utf8String {
  const { request } = exchange;
  return request === null ? formatTarget(exchange, format.style) : format.targets.find(request);
}

function formatProtocol(exchange: Exchange, message: HttpMessage, verbose: boolean): string {
  const name = protocolNames[message.protocol];
  return verbose && exchange.stream !== null ? `${name} stream ${exchange.stream}` : name;
}

const protocolNames = { 'http/1.0': 'HTTP/1.0', 'http/1.1': 'HTTP/1.1', h2: 'HTTP/2' } as const;
