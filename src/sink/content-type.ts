import type { Header } from '../protocol/exchange.ts';

/** What a message says about its content; null where it says nothing. */
export interface ContentType {
  /** `text/html`, lower case, without parameters. */
  readonly mediaType: string | null;
  readonly charset: string | null;
}

/** Reads `Content-Type` (RFC 9110 §8.3); the first one where there are several. */
export function parseContentType(headers: readonly Header[]): ContentType {
  for (const [name, value] of headers) {
    if (name?.length === 12 && typeof value === 'string' && name.toLowerCase() === 'content-type')
      return parseValue(value);
  }
  return none;
}

const none: ContentType = { mediaType: null, charset: null };
/** A server sends the same few all the time. */
const cache = new Map<string, ContentType>();
const cacheLimit = 256;

function parseValue(value: string): ContentType {
  const known = cache.get(value);
  if (known !== undefined) return known;
  const [type = '', ...parameters] = value.split(';');
  const mediaType = type.trim().toLowerCase();
  const parsed = { mediaType: mediaType === '' ? null : mediaType, charset: findCharset(parameters) };
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(value, parsed);
  return parsed;
}

function findCharset(parameters: readonly string[]): string | null {
  for (const parameter of parameters) {
    const match = /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(parameter);
    if (match?.[1] !== undefined) return match[1].toLowerCase();
  }
  return null;
}
