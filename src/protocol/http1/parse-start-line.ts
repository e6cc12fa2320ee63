export type StartLine = RequestLine | StatusLine;

export interface RequestLine {
  readonly type: 'request';
  readonly method: string;
  readonly target: string;
  readonly minorVersion: number;
}

export interface StatusLine {
  readonly type: 'response';
  readonly status: number;
  readonly reasonPhrase: string;
  readonly minorVersion: number;
}

/**
 * A request line or status line of HTTP/1.x (RFC 9112 §3, §4), without its line end, one character per byte; null when
 * it is neither. Any token is a method, and the target may hold raw spaces: programs send both.
 */
export function parseStartLine(line: string): StartLine | null {
  if (hasControl(line)) return null;
  return line.startsWith('HTTP/') ? parseStatusLine(line) : parseRequestLine(line);
}

/** `HTTP/1.1 200 OK`; the phrase, and the space before it, may be missing. */
function parseStatusLine(line: string): StatusLine | null {
  const minorVersion = parseVersion(line, 0);
  let at = versionLength;
  if (minorVersion === null || line.charCodeAt(at) !== space) return null;
  while (line.charCodeAt(at) === space) at += 1;
  const status = parseDigits(line, at, 3);
  if (status === null || status < 100) return null;
  at += 3;
  if (at < line.length && !isBlank(line.charCodeAt(at))) return null;
  return { type: 'response', status, reasonPhrase: line.slice(at + 1).trim(), minorVersion };
}

function parseRequestLine(line: string): RequestLine | null {
  let end = line.length;
  while (end > 0 && isBlank(line.charCodeAt(end - 1))) end -= 1;
  const versionAt = end - versionLength;
  if (versionAt < 2 || !isBlank(line.charCodeAt(versionAt - 1))) return null;
  const minorVersion = parseVersion(line, versionAt);
  let methodEnd = 0;
  while (isTokenCode(line.charCodeAt(methodEnd))) methodEnd += 1;
  if (minorVersion === null || methodEnd === 0 || methodEnd > maxMethodLength) return null;
  if (!isBlank(line.charCodeAt(methodEnd))) return null;
  const target = line.slice(methodEnd, versionAt).trim();
  if (target === '') return null;
  return { type: 'request', method: line.slice(0, methodEnd), target, minorVersion };
}

function parseVersion(line: string, at: number): number | null {
  return line.startsWith('HTTP/1.', at) ? parseDigits(line, at + versionLength - 1, 1) : null;
}

function parseDigits(line: string, at: number, count: number): number | null {
  let value = 0;
  for (let i = at; i < at + count; i += 1) {
    const digit = line.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return null;
    value = value * 10 + digit;
  }
  return value;
}

/** A tab may stand for a space; other control characters are in no line that is text. */
function hasControl(line: string): boolean {
  for (let i = 0; i < line.length; i += 1) {
    const code = line.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

function isBlank(code: number): boolean {
  return code === space || code === 0x09;
}

/** RFC 9110 §5.6.2, `tchar`. */
export function isTokenCode(code: number): boolean {
  return code < 128 && tokenCodes[code] === 1;
}

/** No registered method has more than 17 characters. */
export const maxMethodLength = 64;
const space = 0x20;
const versionLength = 'HTTP/1.1'.length;
const tokenCodes = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenCodes[char.charCodeAt(0)] = 1;
}
