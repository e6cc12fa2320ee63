import type { HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatSize } from '../util/format-size.ts';
import { formatHexDump } from '../util/hex-dump.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import type { ContentType } from './content-type.ts';
import { decodeText } from './decode-text.ts';
import { formatBodyNotes } from './format-body-notes.ts';
import { formatGap } from './format-gap.ts';
import { formatJson } from './format-json.ts';
import { formatLines } from './format-lines.ts';
import { formatNotShown } from './format-not-shown.ts';
import { indentLines } from './indent-lines.ts';
import { isTextContent } from './looks-like-text.ts';
import { findPlainText } from './plain-text.ts';
import type { TextStyle } from './text-style.ts';

export interface BodyFormat {
  readonly style: TextStyle;
  readonly hex: boolean;
  readonly sizeLimitBytes: number | null;
}

/** The body of a message, indented, with what is missing said where it is missing; empty when there is none. */
export function formatBody(message: HttpMessage, type: ContentType, format: BodyFormat): Utf8String {
  const { body } = message;
  if (body.wireLengthBytes === 0 && body.gaps.length === 0) return '';
  const { bytes, problem } = body.decoded();
  const isWhole = problem === null && !body.truncated && body.gaps.length === 0 && message.cut === null;
  if (isWhole && !format.hex && bytes.length <= (format.sizeLimitBytes ?? Infinity)) {
    const text = findPlainText(bytes, type);
    if (text !== undefined) return indentLines(formatJson(text) ?? text, indent);
  }
  const kept =
    format.hex || isTextContent(bytes, type)
      ? formatPieces(message, bytes, type, format)
      : formatBinary(message, bytes.length, type, format.style);
  return toUtf8String(kept + formatBodyNotes(message, format.style, { indent, isLive: false }));
}

const indent = '    ';

interface Hole {
  /** Where in the content that was kept. */
  readonly at: number;
  readonly lengthBytes: number | null;
}

/** Offsets of gaps count wire bytes, lost ones too; behind a content coding nothing can be read after the first. */
function findHoles(message: HttpMessage): readonly Hole[] {
  const { gaps, encoding } = message.body;
  if (gaps.length === 0) return [];
  const kept = message.body.decoded().bytes.length;
  let lost = 0;
  return gaps.map(({ offset, lengthBytes }) => {
    const at = encoding === null ? Math.min(offset - lost, kept) : kept;
    lost += lengthBytes ?? 0;
    return { at, lengthBytes };
  });
}

function formatPieces(
  message: HttpMessage,
  bytes: Uint8Array,
  type: ContentType,
  format: BodyFormat,
): string {
  const { sizeLimitBytes, style } = format;
  const { truncated, gaps } = message.body;
  const shown = Math.min(bytes.length, sizeLimitBytes ?? Infinity);
  const hidden = bytes.length - shown;
  const isWhole = hidden === 0 && !truncated && gaps.length === 0 && message.cut === null;
  if (isWhole) return formatWhole(bytes, type, format);
  let out = '';
  let start = 0;
  for (const { at, lengthBytes } of findHoles(message)) {
    if (at > shown) break;
    out += formatPiece(bytes.subarray(start, at), start, type, format, false);
    out += `${indent}${formatGap(lengthBytes, null, style)}\n`;
    start = at;
  }
  out += formatPiece(bytes.subarray(start, shown), start, type, format, hidden > 0 || truncated);
  return hidden > 0 ? `${out}${indent}${formatNotShown(hidden, style)}\n` : out;
}

function formatWhole(bytes: Uint8Array, type: ContentType, format: BodyFormat): string {
  if (format.hex) return formatHexDump(bytes, 0, indent);
  const text = decodeText(bytes, type, false);
  return formatLines(formatJson(text) ?? text, { indent, unicode: format.style.unicode });
}

/** `goesOn`: a character that the end cuts in two is left out, since more is known to follow. */
function formatPiece(
  bytes: Uint8Array,
  offset: number,
  type: ContentType,
  format: BodyFormat,
  goesOn: boolean,
): string {
  if (bytes.length === 0) return '';
  if (format.hex) return formatHexDump(bytes, offset, indent);
  return formatLines(decodeText(bytes, type, goesOn), { indent, unicode: format.style.unicode });
}

/** `[image/png, 24.1 kB]` */
function formatBinary(message: HttpMessage, keptBytes: number, type: ContentType, style: TextStyle): string {
  if (keptBytes === 0) return '';
  const { wireLengthBytes, encoding } = message.body;
  const whole = message.body.decoded().lengthBytes ?? (encoding === null ? wireLengthBytes : keptBytes);
  const name = escapeLine(type.mediaType ?? 'binary', style.unicode);
  return `${indent}[${name}, ${formatSize(whole)}]\n`;
}
