import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { incompleteTailLength } from '../util/utf8-edges.ts';
import type { ContentType } from './content-type.ts';

/**
 * Content as text, in its declared charset, else UTF-8. Bytes that are wrong in it become U+FFFD. `partial` content may
 * end within a character; that is left out.
 */
export function decodeText(bytes: Uint8Array, type: ContentType, partial: boolean): string {
  const decoder = type.charset === null ? undefined : findDecoder(type.charset);
  if (decoder !== undefined) return decoder.decode(bytes);
  const length = partial ? bytes.length - incompleteTailLength(bytes) : bytes.length;
  // A byte order mark is not part of the text (RFC 3629 §6).
  const hasMark = length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8', hasMark ? 3 : 0);
}

const decoders = new Map<string, TextDecoder | undefined>();
const decoderLimit = 64;

/** Undefined for UTF-8 itself, and when the label is not one of the Encoding Standard. */
function findDecoder(charset: string): TextDecoder | undefined {
  if (charset === 'utf-8' || charset === 'utf8') return undefined;
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
