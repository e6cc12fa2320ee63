import type { Header, HeaderValue } from '../exchange.ts';

/**
 * Header fields (or trailers) of HTTP/1.x: `text` from `at` on, one character per byte, up to an empty line or its end.
 * A folded line is joined to the one before it with a space (RFC 9112 §5.2); a line without a colon keeps its text as
 * a name without value, so that nothing a program sent is hidden. Null when there are more than `maxHeaders`.
 */
export function parseHeaderLines(
  text: string,
  at: number,
  isAscii: boolean = !nonAscii.test(text),
): readonly Header[] | null {
  const headers: Header[] = [];
  let name = '';
  let value = '';
  let open = false;
  while (at < text.length) {
    const lineFeed = text.indexOf('\n', at);
    const next = lineFeed === -1 ? text.length : lineFeed + 1;
    let end = lineFeed === -1 ? text.length : lineFeed;
    if (end > at && text.charCodeAt(end - 1) === carriageReturn) end -= 1;
    if (end === at) break;
    const first = text.charCodeAt(at);
    if (open && (first === 0x20 || first === 0x09)) {
      value = `${value} ${text.slice(at, end).trim()}`;
    } else {
      if (open) headers.push([name, isAscii ? value : decodeValue(value)]);
      if (headers.length >= maxHeaders) return null;
      const colon = findColon(text, at, end);
      open = true;
      name = text.slice(at, colon);
      value = trimBlanks(text, Math.min(colon + 1, end), end);
    }
    at = next;
  }
  if (open) headers.push([name, isAscii ? value : decodeValue(value)]);
  return headers;
}

/** `end` when there is none. Names are short, so a loop finds it sooner than a call. */
function findColon(text: string, at: number, end: number): number {
  while (at < end && text.charCodeAt(at) !== 0x3a) at += 1;
  return at;
}

/** RFC 9110 §5.5: optional white space around a value is spaces and tabs, no more. */
function trimBlanks(text: string, from: number, end: number): string {
  while (from < end && isBlank(text.charCodeAt(from))) from += 1;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(from, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function decodeValue(value: string): HeaderValue {
  if (!nonAscii.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return { base64: bytes.toString('base64') };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const nonAscii = /[\x80-\xff]/;
const carriageReturn = 0x0d;
/** Node, Go and nginx refuse far fewer. */
const maxHeaders = 2000;
