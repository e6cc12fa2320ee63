import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatBody } from './format-body.ts';
import { formatHeaders } from './format-headers.ts';
import { formatRequestLine, formatResponseLine } from './format-head-line.ts';
import type { TextStyle } from './text-style.ts';

export interface MessageFormat {
  readonly style: TextStyle;
  readonly verbose: boolean;
  readonly raw: boolean;
  readonly hex: boolean;
  readonly sizeLimitBytes: number | null;
}

/** A whole message after the label of its connection: head line, headers, body, trailers, and why it was cut. */
export function formatMessage(
  exchange: Exchange,
  message: HttpMessage,
  context: { readonly isRequest: boolean; readonly nameRequest: boolean },
  format: MessageFormat,
): string {
  const head = formatHead(exchange, message, { ...context, arriving: false }, format);
  const body = formatBody(message, format);
  const end = formatEnd(message, format.style);
  const gap = body === '' ? '' : '\n';
  return `${head}${gap}${body}${end}\n`;
}

/** Head line and headers. */
export function formatHead(
  exchange: Exchange,
  message: HttpMessage,
  context: { readonly isRequest: boolean; readonly nameRequest: boolean; readonly arriving: boolean },
  format: MessageFormat,
): string {
  const lineFormat = { ...context, style: format.style, verbose: format.verbose };
  const line = context.isRequest
    ? formatRequestLine(exchange, message, lineFormat)
    : formatResponseLine(exchange, message, lineFormat);
  return `${line}\n${formatHeaders(message.headers, indent, format.style)}`;
}

/** What comes after the body: trailers, and why the message was cut. */
export function formatEnd(message: HttpMessage, style: TextStyle): string {
  const trailers =
    message.trailers.length === 0
      ? ''
      : `\n${indent}${style.paint.dim('trailers:')}\n${formatHeaders(message.trailers, indent, style)}`;
  return trailers + formatCut(message, style);
}

function formatCut(message: HttpMessage, style: TextStyle): string {
  if (message.cut === null) return '';
  const reason = escapeLine(message.cut, style.unicode);
  return `${indent}${style.paint.yellow(`${style.warning} cut: ${reason}`)}\n`;
}

const indent = '    ';
