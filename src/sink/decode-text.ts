import { Buffer, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { incompleteTailLength, strayHeadLength } from '../util/utf8-edges.ts';
import type { ContentType } from './content-type.ts';

/**
 * Content as text, or undefined when it is not text. Its charset is the declared one, else UTF-8. Bytes that are wrong
 * in it become U+FFFD. `partial` content may end within a character; that is left out.
 */
export function decodeText(bytes: Uint8Array, type: ContentType, partial: boolean): string | undefined {
  const { charset } = type;
  if (charset !== null && charset !== 'utf-8' && charset !== 'utf8') {
    const decoder = findDecoder(charset);
    if (decoder !== undefined) return decoder.decode(bytes);
  }
  const end = partial ? bytes.length - incompleteTailLength(bytes) : bytes.length;
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  const declared = charset !== null || isTextual(type.mediaType);
  if (!(declared ? !hasNul(content) : looksLikeText(content))) return undefined;
  // A byte order mark is not part of the text (RFC 3629 §6).
  const hasMark = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  return content.toString('utf8', hasMark ? 3 : 0);
}

/**
 * Bytes that a person could read: UTF-8, but for characters cut at either end, and without the control characters that
 * text never holds. Binary data gives itself away early, so these are looked for in the first 4 KiB.
 */
export function looksLikeText(bytes: Uint8Array): boolean {
  const limit = Math.min(bytes.length, 4096);
  for (let i = 0; i < limit; i += 1) {
    const byte = bytes[i] ?? 0;
    // Tab, LF, FF, CR and ESC occur in text.
    if (byte === 0x7f || (byte < 0x20 && !((1 << byte) & textControls))) return false;
  }
  return isUtf8(bytes.subarray(strayHeadLength(bytes), bytes.length - incompleteTailLength(bytes)));
}

const textControls = (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 27);

function hasNul(bytes: Buffer): boolean {
  return bytes.subarray(0, 4096).includes(0);
}

function isTextual(mediaType: string | null): boolean {
  if (mediaType === null) return false;
  return (
    mediaType.startsWith('text/') ||
    mediaType.endsWith('+json') ||
    mediaType.endsWith('+xml') ||
    textualTypes.has(mediaType)
  );
}

const textualTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/x-ndjson',
  'application/javascript',
  'application/ecmascript',
  'application/x-javascript',
  'application/xml',
  'application/x-www-form-urlencoded',
  'application/graphql',
  'application/yaml',
  'application/x-yaml',
  'application/toml',
  'application/sql',
  'image/svg+xml',
]);

const decoders = new Map<string, TextDecoder | undefined>();
const decoderLimit = 64;

/** Undefined when the label is not one of the Encoding Standard. */
function findDecoder(charset: string): TextDecoder | undefined {
  if (decoders.has(charset)) return decoders.get(charset);
  let decoder: TextDecoder | undefined;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    decoder = undefined;
  }
  if (decoders.size >= decoderLimit) decoders.clear();
  decoders.set(charset, decoder);
  return decoder;
}
