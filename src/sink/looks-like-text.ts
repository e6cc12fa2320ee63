import { isUtf8 } from 'node:buffer';
import { incompleteTailLength, strayHeadLength } from '../util/utf8-edges.ts';
import type { ContentType } from './content-type.ts';

/**
 * Bytes that a person could read: UTF-8, but for characters cut at either end, and without the control characters that
 * text never holds. Binary data gives itself away early, so these are looked for in the first 4 KiB.
 */
export function looksLikeText(bytes: Uint8Array): boolean {
  return (
    countControls(bytes) === 0 &&
    isUtf8(bytes.subarray(strayHeadLength(bytes), bytes.length - incompleteTailLength(bytes)))
  );
}

/**
 * Whether content is to be shown as text, by its declared type and by itself. Where it is declared to be text, a stray
 * control character or broken UTF-8 are no reason to hide it; in UTF-16 even a NUL is none.
 */
export function isTextContent(bytes: Uint8Array, type: ContentType): boolean {
  const { charset, mediaType } = type;
  if (charset?.startsWith('utf-16') === true) return true;
  if (charset === null && !isTextual(mediaType)) return looksLikeText(bytes);
  return countControls(bytes) <= Math.max(1, Math.min(bytes.length, inspectedBytes) / 50);
}

const inspectedBytes = 4096;
// Tab, LF, FF, CR and ESC occur in text.
const textControls: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
/** NUL counts for many: it is what tells binary data from damaged text. */
const controlWeights = Uint16Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0) return inspectedBytes;
  return byte === 0x7f || (byte < 0x20 && !textControls.has(byte)) ? 1 : 0;
});

function countControls(bytes: Uint8Array): number {
  const limit = Math.min(bytes.length, inspectedBytes);
  let count = 0;
  for (let i = 0; i < limit; i += 1) count += controlWeights[bytes[i] ?? 0] ?? 0;
  return count;
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
]);
