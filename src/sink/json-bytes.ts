import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import type { Utf8String } from '../util/utf8-string.ts';
import { safeJson } from './safe-json.ts';

/** `"text":"…"` where the bytes are UTF-8, else `"base64":"…"`: never both, and never a guess. */
export function jsonBytes(bytes: Uint8Array): Utf8String {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isAscii(buffer)) {
    const json = JSON.stringify(buffer.toString('latin1'));
    return `"text":${json.includes('\u007f') ? safeJson(json) : json}`;
  }
  return isUtf8(buffer)
    ? `"text":${safeJson(JSON.stringify(buffer.toString('utf8')))}`
    : `"base64":"${buffer.toString('base64')}"`;
}
