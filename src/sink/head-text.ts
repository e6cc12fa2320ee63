import type { HttpMessage } from '../protocol/exchange.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import { type ContentType, parseContentType } from './content-type.ts';
import { formatHeaders } from './format-headers.ts';
import { formatStatus } from './format-status.ts';
import { safeLine } from './safe-line.ts';
import type { TextStyle } from './text-style.ts';

/** What is printed of a head whenever it is sent. */
export interface HeadText {
  /** `GET https://shop.local/api/items?page=2` or `200 OK`; null where it is not known. */
  readonly start: Utf8String | null;
  /** `  application/json`; empty where it is not said. */
  readonly mediaType: Utf8String;
  readonly contentType: ContentType;
  /** Indented lines. */
  readonly headers: Utf8String;
}

export function formatHeadText(message: HttpMessage, style: TextStyle): HeadText {
  const contentType = parseContentType(message.headers);
  const { mediaType } = contentType;
  return {
    start: formatStart(message, style),
    mediaType: mediaType === null ? '' : `  ${safeLine(mediaType, style.unicode)}`,
    contentType,
    headers: formatHeaders(message.headers, indent, style),
  };
}

const indent = '    ';

function formatStart(message: HttpMessage, style: TextStyle): Utf8String | null {
  const { method, url, status } = message;
  if (status !== null) return toUtf8String(formatStatus(message, style));
  if (method === null && url === null) return null;
  return `${style.paint.bold(safeLine(method ?? '?', style.unicode))} ${safeLine(url ?? '?', style.unicode)}`;
}
