/** How long a body is, by the header fields alone. */
export type DeclaredFraming =
  | { readonly type: 'nothing' }
  | { readonly type: 'sized'; readonly lengthBytes: number }
  | { readonly type: 'chunked' }
  /** Transfer codings, but `chunked` is not the last: RFC 9112 §6.3 rule 4 tells requests and responses apart. */
  | { readonly type: 'unchunked' }
  | { readonly type: 'unknown'; readonly reason: string };

/**
 * Reads `Content-Length` and `Transfer-Encoding` (RFC 9112 §6); each is what was sent, several fields joined with
 * commas, or null. `Transfer-Encoding` wins where both are sent. `codings` are the transfer codings under `chunked`.
 */
export function parseDeclaredFraming(
  contentLength: string | null,
  transferEncoding: string | null,
): { readonly framing: DeclaredFraming; readonly codings: readonly string[] } {
  const codings = transferEncoding === null ? [] : parseTransferCodings(transferEncoding);
  if (codings.length === 0) {
    return { framing: contentLength === null ? nothing : parseContentLength(contentLength), codings };
  }
  const chunkedAt = codings.indexOf('chunked');
  if (chunkedAt === -1) return { framing: { type: 'unchunked' }, codings };
  if (chunkedAt < codings.length - 1) {
    return { framing: { type: 'unknown', reason: 'chunked is not the last transfer coding' }, codings: [] };
  }
  return { framing: chunked, codings: codings.slice(0, -1) };
}

/** `identity` was removed by RFC 7230 §A.2 and means nothing; parameters do not matter here. */
function parseTransferCodings(value: string): string[] {
  return value
    .split(',')
    .map((coding) => (coding.split(';', 1)[0] ?? '').trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** RFC 9112 §6.3 rule 5: a list of equal values counts as one; anything else must not be guessed at. */
function parseContentLength(value: string): DeclaredFraming {
  const plain = parsePlainNumber(value);
  if (plain !== null) return { type: 'sized', lengthBytes: plain };
  let lengthBytes: number | null = null;
  for (const part of value.split(',')) {
    const digits = part.trim();
    if (!/^\d{1,64}$/.test(digits)) return { type: 'unknown', reason: 'malformed Content-Length' };
    const length = Number(digits);
    if (lengthBytes !== null && length !== lengthBytes) {
      return { type: 'unknown', reason: 'conflicting Content-Length' };
    }
    lengthBytes = length;
  }
  if (lengthBytes === null || !Number.isSafeInteger(lengthBytes)) {
    return { type: 'unknown', reason: 'Content-Length is too large' };
  }
  return { type: 'sized', lengthBytes };
}

/** One number that is surely exact; null for anything else. */
function parsePlainNumber(value: string): number | null {
  if (value.length === 0 || value.length > 15) return null;
  let number = 0;
  for (let i = 0; i < value.length; i += 1) {
    const digit = value.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return null;
    number = number * 10 + digit;
  }
  return number;
}

const nothing: DeclaredFraming = { type: 'nothing' };
const chunked: DeclaredFraming = { type: 'chunked' };
