import { Buffer } from 'node:buffer';
import type { ContentType } from './content-type.ts';

/**
 * Content that is one line of printable ASCII, without the newlines at its end: what small answers mostly are. It is
 * text whatever its type, and is printed as it is. Undefined for all else, for JSON (which may be laid out) and where
 * another charset could give the bytes another meaning.
 */
export function findPlainLine(bytes: Uint8Array, type: ContentType): string | undefined {
  if (type.charset !== null && !sameAsAscii.has(type.charset)) return undefined;
  const first = bytes[0];
  if (first === openBrace || first === openBracket || bytes.length > lengthLimit) return undefined;
  const end = findEnd(bytes);
  for (let i = 0; i < end; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return undefined;
  }
  return end === 0 ? undefined : toBuffer(bytes).toString('latin1', 0, end);
}

const sameAsAscii: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii', 'iso-8859-1']);
const lengthLimit = 4096;
const newline = 0x0a;
const carriageReturn = 0x0d;
const openBracket = 0x5b;
const openBrace = 0x7b;

function findEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === newline) end -= bytes[end - 2] === carriageReturn ? 2 : 1;
  return end;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
