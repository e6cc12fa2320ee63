import { Buffer } from 'node:buffer';
import type { Header, HeaderValue } from '../protocol/exchange.ts';
import { escapeLine, escapeText } from '../util/escape-text.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import type { TextStyle } from './text-style.ts';

/**
 * Header fields, one per line. What is not known is said in place: `?: abc` for a value without its name, and how many
 * fields are wholly unknown.
 */
export function formatHeaders(headers: readonly Header[], indent: string, style: TextStyle): Utf8String {
  let text = '';
  let lines = 0;
  let unknown = 0;
  for (const [name, value] of headers) {
    if (name === null && value === null) unknown += 1;
    else {
      text += `${indent}${name ?? '?'}: ${formatValue(value)}\n`;
      lines += 1;
    }
  }
  // One look at all of them: only a block that holds something harmful is taken apart.
  const isPlain = !outsidePlain.test(text);
  if (countNewlines(text) !== lines || !(isPlain || escapeText(text, style.unicode) === text))
    text = formatHarmful(headers, indent, style);
  if (!isPlain) text = toUtf8String(text);
  if (unknown > 0) {
    const fields = unknown === 1 ? 'header' : 'headers';
    text += `${indent}? (${unknown} ${fields} sent before the capture joined)\n`;
  }
  return style.paint.enabled ? paintLines(text, style) : text;
}

const outsidePlain = /[^\t\n -~]/;

function formatHarmful(headers: readonly Header[], indent: string, style: TextStyle): string {
  let text = '';
  for (const [name, value] of headers) {
    if (name === null && value === null) continue;
    text += `${indent}${escapeLine(`${name ?? '?'}: ${formatValue(value)}`, style.unicode)}\n`;
  }
  return text;
}

function formatValue(value: HeaderValue): string {
  if (value === null) return '?';
  if (typeof value === 'string') return value;
  return formatBytes(Buffer.from(value.base64, 'base64'));
}

/** Not UTF-8, or it would be a string: what is not ASCII is shown byte by byte. */
function formatBytes(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/[^ -~]/g, escapeByte);
}

function escapeByte(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function countNewlines(text: string): number {
  let count = 0;
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) count += 1;
  return count;
}

/** Line by line: pagers forget colours at the end of a line. */
function paintLines(text: string, style: TextStyle): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : style.paint.dim(line)))
    .join('\n');
}
