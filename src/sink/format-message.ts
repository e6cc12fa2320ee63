import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import { type BodyFormat, formatBody } from './format-body.ts';
import { formatHeaders } from './format-headers.ts';
import {
  type HeadLineContext,
  type HeadLineFormat,
  formatRequestLine,
  formatResponseLine,
} from './format-head-line.ts';
import type { HeadMemo } from './head-memo.ts';
import type { HeadText } from './head-text.ts';
import type { TextStyle } from './text-style.ts';

export interface MessageFormat extends BodyFormat, HeadLineFormat {
  readonly raw: boolean;
  readonly heads: HeadMemo<HeadText>;
}

export interface MessageContext extends HeadLineContext {
  readonly isRequest: boolean;
}

/** A whole message after the label of its connection: head line, headers, body, trailers, and why it was cut. */
export function formatMessage(
  exchange: Exchange,
  message: HttpMessage,
  context: MessageContext,
  format: MessageFormat,
): Utf8String {
  const headText = format.heads.find(message);
  const head = formatHead(exchange, message, headText, context, format);
  const body = formatBody(message, headText.contentType, format);
  const end = formatEnd(message, format.style);
  return body === '' ? `${head}${end}\n` : `${head}\n${body}${end}\n`;
}

/** Head line and headers. */
export function formatHead(
  exchange: Exchange,
  message: HttpMessage,
  head: HeadText,
  context: MessageContext,
  format: MessageFormat,
): Utf8String {
  const line = context.isRequest
    ? formatRequestLine(exchange, message, head, context, format)
    : formatResponseLine(exchange, message, head, context, format);
  return `${line}\n${head.headers}`;
}

/** What comes after the body: trailers, and why the message was cut. */
export function formatEnd(message: HttpMessage, style: TextStyle): Utf8String {
  const trailers =
    message.trailers.length === 0
      ? ''
      : `\n${indent}${style.paint.dim('trailers:')}\n${formatHeaders(message.trailers, indent, style)}`;
  return trailers + formatCut(message, style);
}

function formatCut(message: HttpMessage, style: TextStyle): Utf8String {
  if (message.cut === null) return '';
  const reason = escapeLine(message.cut, style.unicode);
  return toUtf8String(`${indent}${style.paint.yellow(`${style.warning} cut: ${reason}`)}\n`);
}

const indent = '    ';
