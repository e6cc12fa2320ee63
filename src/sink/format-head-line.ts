import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatSize } from '../util/format-size.ts';
import { parseContentType } from './content-type.ts';
import { formatStatus } from './format-status.ts';
import { formatTarget } from './format-target.ts';
import type { TextStyle } from './text-style.ts';

export interface HeadLineFormat {
  readonly style: TextStyle;
  readonly verbose: boolean;
  /** Its body is still arriving: its size is not known yet. */
  readonly arriving: boolean;
  /** Responses: say which request this answers. */
  readonly nameRequest: boolean;
}

/** `GET https://shop.local/api/items?page=2  HTTP/2`, with type and size of a body if it has one. */
export function formatRequestLine(exchange: Exchange, message: HttpMessage, format: HeadLineFormat): string {
  const { paint, unicode } = format.style;
  const protocol = paint.dim(formatProtocol(exchange, message, format.verbose));
  const content = formatContent(message, format);
  if (message.method === null && message.url === null)
    return `${formatUnknown('method and URL', exchange)}  ${protocol}${content}`;
  const method = paint.bold(escapeLine(message.method ?? '?', unicode));
  const url = escapeLine(message.url ?? '?', unicode);
  return `${method} ${url}  ${protocol}${content}`;
}

/** `200 OK  application/json  1.2 kB (gzip 412 B)  8 ms  (GET /api/items?page=2)` */
export function formatResponseLine(exchange: Exchange, message: HttpMessage, format: HeadLineFormat): string {
  const { style } = format;
  const status = message.status === null ? formatUnknown('status', exchange) : formatStatus(message, style);
  let line = status + formatContent(message, format);
  const durationNs = message === exchange.response ? exchange.durationNs : null;
  if (durationNs !== null) line += `  ${formatDuration(durationNs)}`;
  if (format.nameRequest) line += `  ${style.paint.dim(`(${formatTarget(exchange, style)})`)}`;
  if (format.verbose) line += `  ${style.paint.dim(formatProtocol(exchange, message, true))}`;
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

function formatContent(message: HttpMessage, format: HeadLineFormat): string {
  const { style, arriving } = format;
  if (!arriving && message.body.wireLengthBytes === 0) return '';
  const { mediaType } = parseContentType(message.headers);
  const type = mediaType === null ? '' : `  ${escapeLine(mediaType, style.unicode)}`;
  return `${type}  ${arriving ? `${style.ellipsis} still arriving` : formatBodySize(message)}`;
}

function formatProtocol(exchange: Exchange, message: HttpMessage, verbose: boolean): string {
  const name = protocolNames[message.protocol];
  return verbose && exchange.stream !== null ? `${name} stream ${exchange.stream}` : name;
}

const protocolNames = { 'http/1.0': 'HTTP/1.0', 'http/1.1': 'HTTP/1.1', h2: 'HTTP/2' } as const;
