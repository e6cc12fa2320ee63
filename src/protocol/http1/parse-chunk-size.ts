/**
 * The size in a chunk's first line, `bytes[from, to)` (RFC 9112 §7.1): hexadecimal digits, then blanks, an extension or
 * the line's end; of a line that has not ended yet, the size so far. Null when it is none.
 */
export function parseChunkSize(bytes: Uint8Array, from: number, to: number): number | null {
  let size = 0;
  let at = from;
  for (; at < to; at += 1) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit === null) break;
    size = size * 16 + digit;
    if (size > maxSize || at - from >= maxDigits) return null;
  }
  if (at === from) return null;
  const after = at < to ? bytes[at] : lineFeed;
  return after === lineFeed || after === 0x0d || after === 0x20 || after === 0x09 || after === 0x3b
    ? size
    : null;
}

function hexDigit(byte: number): number | null {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : null;
}

const lineFeed = 0x0a;
const maxSize = Number.MAX_SAFE_INTEGER;
const maxDigits = 64;
