import type { Side } from '../exchange-record.ts';
import { isTokenCode, maxMethodLength, parseStartLine } from './parse-start-line.ts';

/**
 * Checks the first line of `bytes[from, to)`: a start line of that kind (null: of either), not one, or `partial` when
 * the line has not ended and may still become one. A line found bad early is one that would be bad at its end, so the
 * answer does not depend on how the stream was cut. `checked`: bytes from `from` on that an earlier call has seen.
 */
export function checkStartLine(
  bytes: Buffer,
  from: number,
  to: number,
  kind: Side | null,
  checked: number,
): 'good' | 'bad' | 'partial' {
  const lineFeed = bytes.indexOf(0x0a, from + checked);
  if (lineFeed === -1 || lineFeed >= to) {
    // The last byte may have been a CR: look again at what follows it.
    const isPossible = !hasControl(bytes, from + Math.max(0, checked - 1), to) && fits(bytes, from, to, kind);
    return isPossible ? 'partial' : 'bad';
  }
  const end = bytes[lineFeed - 1] === 0x0d ? lineFeed - 1 : lineFeed;
  const line = parseStartLine(bytes.toString('latin1', from, Math.max(from, end)));
  return line === null || (kind !== null && line.type !== kind) ? 'bad' : 'good';
}

function hasControl(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i] ?? 0;
    if ((byte < 0x20 && byte !== 0x09 && !(byte === 0x0d && i === to - 1)) || byte === 0x7f) return true;
  }
  return false;
}

function fits(bytes: Uint8Array, from: number, to: number, kind: Side | null): boolean {
  if (kind !== 'request' && fitsVersion(bytes, from, to)) return true;
  if (kind === 'response') return false;
  let at = from;
  while (at < to && isTokenCode(bytes[at] ?? 0xff)) at += 1;
  if (at - from > maxMethodLength) return false;
  if (at === to) return true;
  // A CR can only be the last byte here, and no line ends after its method.
  return at > from && (bytes[at] === 0x20 || bytes[at] === 0x09);
}

function fitsVersion(bytes: Uint8Array, from: number, to: number): boolean {
  const end = Math.min(to, from + version.length);
  for (let i = from; i < end; i += 1) if (bytes[i] !== version.charCodeAt(i - from)) return false;
  return true;
}

const version = 'HTTP/1.';
