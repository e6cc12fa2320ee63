import type { Side } from '../exchange-record.ts';
import { isTokenCode } from './parse-start-line.ts';

/** `more`: what is there fits so far, but it is too short to tell. */
export type Verdict = 'start' | 'no' | 'more';

/**
 * Whether a message begins at `at`, judged strictly, because it is asked in the middle of a stream whose framing was
 * lost: a whole start line, and behind it a header field or the empty line. `kind` null: either kind will do.
 */
export function judgeStart(bytes: Uint8Array, at: number, kind: Side | null): Verdict {
  const response = kind === 'request' ? 'no' : judgeStatusLine(bytes, at);
  if (response !== 'no' || kind === 'response') return response;
  return judgeRequestLine(bytes, at);
}

/** Pattern of `HTTP/1.1 200 `: `9` stands for a digit, `_` for the end of the code. */
const statusPattern = 'HTTP/1.9 999_';

function judgeStatusLine(bytes: Uint8Array, at: number): Verdict {
  for (let i = 0; i < statusPattern.length; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) return 'more';
    const wanted = statusPattern.charCodeAt(i);
    if (wanted === 0x39 ? !isDigit(byte) : wanted === 0x5f ? !isBlankOrEnd(byte) : byte !== wanted)
      return 'no';
  }
  return judgeRest(bytes, at + statusPattern.length - 1, null, maxPhraseLength);
}

function judgeRequestLine(bytes: Uint8Array, at: number): Verdict {
  let targetAt = at;
  while (isUpperCase(bytes[targetAt])) targetAt += 1;
  const methodLength = targetAt - at;
  if (methodLength > maxMethodLength) return 'no';
  if (targetAt >= bytes.length) return 'more';
  if (methodLength < minMethodLength || bytes[targetAt] !== 0x20) return 'no';
  targetAt += 1;
  const first = bytes[targetAt];
  if (first === undefined) return 'more';
  const isConnect = methodLength === 7 && bytes[at] === 0x43 && bytes[at + 6] === 0x54;
  // `/path`, `*`, `http://…`; `host:port` after CONNECT only.
  if (first !== 0x2f && first !== 0x2a && first !== 0x68 && !(isConnect && isTokenCode(first))) return 'no';
  return judgeRest(bytes, targetAt, ' HTTP/1.', maxTargetLength);
}

/** From inside the start line on: to its end (before which `ending` and a digit must stand), and the next line's name. */
function judgeRest(bytes: Uint8Array, from: number, ending: string | null, maxLength: number): Verdict {
  let end = from;
  while (bytes[end] !== 0x0a) {
    const byte = bytes[end];
    if (end - from > maxLength || (byte !== undefined && isControl(byte))) return 'no';
    if (byte === undefined) return 'more';
    end += 1;
  }
  const next = end + 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  if (ending !== null) {
    const endingAt = end - ending.length - 1;
    if (endingAt < from || !isDigit(bytes[end - 1])) return 'no';
    for (let i = 0; i < ending.length; i += 1) {
      if (bytes[endingAt + i] !== ending.charCodeAt(i)) return 'no';
    }
  }
  return judgeSecondLine(bytes, next);
}

function judgeSecondLine(bytes: Uint8Array, from: number): Verdict {
  let at = from;
  while (isTokenCode(bytes[at] ?? 0xff)) at += 1;
  if (at - from > maxNameLength) return 'no';
  const byte = bytes[at];
  if (byte === undefined) return 'more';
  if (at > from) return byte === 0x3a ? 'start' : 'no';
  if (byte === 0x0a) return 'start';
  if (byte !== 0x0d) return 'no';
  const afterReturn = bytes[at + 1];
  if (afterReturn === undefined) return 'more';
  return afterReturn === 0x0a ? 'start' : 'no';
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isUpperCase(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

function isBlankOrEnd(byte: number): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x0a;
}

/** Not CR: it may stand before the LF. */
function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x09 && byte !== 0x0d) || byte === 0x7f;
}

const minMethodLength = 3;
const maxMethodLength = 17;
const maxTargetLength = 8192;
/** Short, because a status line is looked for at every byte, and all of it is read each time. */
const maxPhraseLength = 256;
const maxNameLength = 256;
