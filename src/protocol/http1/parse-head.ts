import { findUnitType, type UnitType } from '../unit-type.ts';
import type { Header, HttpProtocol } from '../exchange.ts';
import type { Side } from '../exchange-record.ts';
import { type DeclaredFraming, parseDeclaredFraming } from './declared-framing.ts';
import { parseHeaderLines } from './parse-header-lines.ts';
import { parseStartLine } from './parse-start-line.ts';
import { requestUrl } from './request-url.ts';

/** All that the bytes of a head say; it depends on nothing else, so equal bytes may share one. */
export interface Http1Head {
  readonly kind: Side;
  readonly protocol: HttpProtocol;
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  readonly reasonPhrase: string;
  readonly headers: readonly Header[];
  readonly declared: DeclaredFraming;
  /** Content codings, then transfer codings without `chunked`, in the order they were applied; or empty. */
  readonly contentCoding: string;
  /** Of a body that is made of units. */
  readonly unitType: UnitType | null;
}

/**
 * Parses start line, header fields, empty line, one character per byte; `isAscii`: all below 128. `bad-line` when the first line is no start line
 * of HTTP/1.x; `bad-block` when there are too many fields.
 */
export function parseHead(text: string, isAscii: boolean): Http1Head | 'bad-line' | 'bad-block' {
  const lineFeed = text.indexOf('\n');
  const lineEnd = text.charCodeAt(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
  const startLine = parseStartLine(text.slice(0, lineEnd));
  if (startLine === null) return 'bad-line';
  const headers = parseHeaderLines(text, lineFeed + 1, isAscii);
  if (headers === null) return 'bad-block';

  const fields = readKnownFields(headers);
  const { framing, codings } = parseDeclaredFraming(fields.contentLength, fields.transferEncoding);
  const isRequest = startLine.type === 'request';
  return {
    kind: startLine.type,
    protocol: startLine.minorVersion === 0 ? 'http/1.0' : 'http/1.1',
    method: isRequest ? startLine.method : null,
    url: isRequest ? requestUrl(startLine.method, decodeText(startLine.target, isAscii), fields.host) : null,
    status: isRequest ? null : startLine.status,
    reasonPhrase: isRequest ? '' : decodeText(startLine.reasonPhrase, isAscii),
    headers,
    declared: framing,
    contentCoding: joinCodings(fields.contentEncoding, codings),
    unitType: fields.contentType === null ? null : findUnitType(fields.contentType),
  };
}

interface KnownFields {
  readonly host: string | null;
  readonly contentLength: string | null;
  readonly transferEncoding: string | null;
  readonly contentEncoding: string | null;
  readonly contentType: string | null;
}

/** The fields that framing and display need; the length of a name rules out nearly all others. */
function readKnownFields(headers: readonly Header[]): KnownFields {
  let host: string | null = null;
  let contentLength: string | null = null;
  let transferEncoding: string | null = null;
  let contentEncoding: string | null = null;
  let contentType: string | null = null;
  for (let i = 0; i < headers.length; i += 1) {
    const name = headers[i]?.[0] ?? '';
    const value = headers[i]?.[1] ?? '';
    // Blanks before the colon are forbidden, and honoured by some: they must not hide how long a body is.
    const field = name.charCodeAt(name.length - 1) <= 0x20 ? name.trimEnd() : name;
    const text = typeof value === 'string' ? value : '';
    switch (field.length) {
      case 4:
        if (isField(field, 'Host', 'host')) host ??= text;
        break;
      case 12:
        if (isField(field, 'Content-Type', 'content-type')) contentType ??= text;
        break;
      case 14:
        if (isField(field, 'Content-Length', 'content-length')) contentLength = join(contentLength, text);
        break;
      case 16:
        if (isField(field, 'Content-Encoding', 'content-encoding'))
          contentEncoding = join(contentEncoding, text);
        break;
      case 17:
        if (isField(field, 'Transfer-Encoding', 'transfer-encoding'))
          transferEncoding = join(transferEncoding, text);
        break;
      default:
    }
  }
  return { host, contentLength, transferEncoding, contentEncoding, contentType };
}

function join(before: string | null, text: string): string {
  return before === null ? text : `${before},${text}`;
}

/** Names are case-insensitive, and mostly sent in one of two ways. */
function isField(field: string, usual: string, lower: string): boolean {
  return field === usual || field === lower || field.toLowerCase() === lower;
}

function joinCodings(contentEncoding: string | null, transferCodings: readonly string[]): string {
  if (transferCodings.length === 0) return contentEncoding ?? '';
  return [contentEncoding ?? '', ...transferCodings].join(',');
}

/** One character per byte → UTF-8 where it is, else as it was. */
function decodeText(text: string, isAscii: boolean): string {
  if (isAscii || !nonAscii.test(text)) return text;
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? text : decoded;
}

const nonAscii = /[\x80-\xff]/;
