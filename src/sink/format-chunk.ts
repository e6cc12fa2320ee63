import { Buffer } from 'node:buffer';
import { escapeLine } from '../util/escape-text.ts';
import { formatPlural } from '../util/format-plural.ts';
import { formatSize } from '../util/format-size.ts';
import { formatHexDump } from '../util/hex-dump.ts';
import { incompleteTailLength, strayHeadLength } from '../util/utf8-edges.ts';
import { formatLines } from './format-lines.ts';
import { formatNotShown } from './format-not-shown.ts';
import { looksLikeText } from './looks-like-text.ts';
import type { TextStyle } from './text-style.ts';

export interface ChunkFormat {
  readonly style: TextStyle;
  readonly hex: boolean;
  readonly raw: boolean;
  readonly sizeLimitBytes: number | null;
}

/**
 * Bytes of no known protocol, after the label of their connection: as text if a person can read them, else as hex rows.
 * A short line of text stands beside its size: `17 B  EHLO shop.local`.
 */
export function formatChunk(bytes: Uint8Array, offset: number, format: ChunkFormat): string {
  const { style, raw, sizeLimitBytes } = format;
  const shown = sizeLimitBytes === null ? bytes : bytes.subarray(0, sizeLimitBytes);
  const size = raw ? `${formatPlural(bytes.length, 'byte')} at ${offset}` : formatSize(bytes.length);
  const rest =
    shown.length < bytes.length ? `${indent}${formatNotShown(bytes.length - shown.length, style)}\n` : '';
  if (format.hex || !looksLikeText(shown)) return `${size}\n${formatHexDump(shown, offset, indent)}${rest}\n`;
  if (!raw && rest === '') {
    const line = findShortLine(shown, style);
    if (line !== undefined) return `${size}  ${line}\n`;
  }
  // What was captured is shown exactly with --raw: there a carriage return is a byte like others.
  const lines = formatLines(decode(shown), { indent, unicode: style.unicode, exact: raw });
  return `${size}\n${lines}${rest}\n`;
}

const indent = '    ';
const shortLineLimit = 120;

function findShortLine(bytes: Uint8Array, style: TextStyle): string | undefined {
  if (bytes.length > shortLineLimit) return undefined;
  const text = decode(bytes).replace(/\r?\n$/, '');
  return text.includes('\n') || text === '' ? undefined : escapeLine(text, style.unicode);
}

/** A character cut by the edge of the chunk is shown byte by byte. */
function decode(bytes: Uint8Array): string {
  const start = strayHeadLength(bytes);
  const end = Math.max(start, bytes.length - incompleteTailLength(bytes));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  return start === 0 && end === bytes.length
    ? text
    : escapeBytes(bytes.subarray(0, start)) + text + escapeBytes(bytes.subarray(end));
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
