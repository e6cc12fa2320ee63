import type { HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatCount } from '../util/format-count.ts';
import { formatSize } from '../util/format-size.ts';
import { formatHexDump } from '../util/hex-dump.ts';
import { type ContentType, parseContentType } from './content-type.ts';
import { decodeText } from './decode-text.ts';
import { formatGap } from './format-gap.ts';
import { formatJson } from './format-json.ts';
import { formatLines } from './format-lines.ts';
import { formatNotShown } from './format-not-shown.ts';
import type { TextStyle } from './text-style.ts';

export interface BodyFormat {
  readonly style: TextStyle;
  readonly hex: boolean;
  readonly sizeLimitBytes: number | null;
}

/** The body of a message, indented, with what is missing said where it is missing; empty when there is none. */
export function formatBody(message: HttpMessage, format: BodyFormat): string {
  const { body } = message;
  if (body.wireLengthBytes === 0 && body.gaps.length === 0) return '';
  const { bytes, problem } = body.decoded();
  const type = parseContentType(message.headers);
  const holes = findHoles(message);
  const partial = body.truncated || message.cut !== null || holes.length > 0;
  const text = format.hex ? undefined : decodeText(bytes, type, partial);
  const kept =
    format.hex || text !== undefined
      ? formatPieces(bytes, holes, type, format, text)
      : formatBinary(bytes.length, message, type, format.style);
  return kept + formatNotes(message, problem, format.style);
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
  bytes: Uint8Array,
  holes: readonly Hole[],
  type: ContentType,
  format: BodyFormat,
  wholeText: string | undefined,
): string {
  const shown = Math.min(bytes.length, format.sizeLimitBytes ?? Infinity);
  if (holes.length === 0 && shown === bytes.length) return formatPiece(bytes, 0, type, format, wholeText);
  let out = '';
  let start = 0;
  for (const { at, lengthBytes } of holes) {
    if (at > shown) break;
    out += formatPiece(bytes.subarray(start, at), start, type, format);
    out += `${indent}${formatGap(lengthBytes, null, format.style)}\n`;
    start = at;
  }
  out += formatPiece(bytes.subarray(start, shown), start, type, format);
  return shown < bytes.length
    ? `${out}${indent}${formatNotShown(bytes.length - shown, format.style)}\n`
    : out;
}

function formatPiece(
  bytes: Uint8Array,
  offset: number,
  type: ContentType,
  format: BodyFormat,
  wholeText?: string,
): string {
  if (bytes.length === 0) return '';
  if (format.hex) return formatHexDump(bytes, offset, indent);
  const text = wholeText ?? decodeText(bytes, type, true) ?? '';
  const laidOut = wholeText === undefined ? text : (formatJson(text) ?? text);
  return formatLines(laidOut, { indent, unicode: format.style.unicode });
}

/** `[image/png, 24.1 kB]` */
function formatBinary(
  lengthBytes: number,
  message: HttpMessage,
  type: ContentType,
  style: TextStyle,
): string {
  if (lengthBytes === 0) return '';
  const length = message.body.decoded().lengthBytes ?? lengthBytes;
  const name = escapeLine(type.mediaType ?? 'binary', style.unicode);
  return `${indent}[${name}, ${formatSize(length)}]\n`;
}

function formatNotes(message: HttpMessage, problem: string | null, style: TextStyle): string {
  const { body } = message;
  let notes = '';
  const warn = (text: string): void => {
    notes += `${indent}${style.paint.yellow(`${style.warning} ${text}`)}\n`;
  };
  if (body.truncated)
    warn(`only the beginning is shown: the body has ${formatCount(body.wireLengthBytes)} bytes`);
  if (problem !== null) warn(escapeLine(problem, style.unicode));
  return notes;
}
