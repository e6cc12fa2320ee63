import { Buffer, isUtf8 } from 'node:buffer';

/** `"text":"…"` where the bytes are UTF-8, else `"base64":"…"`: never both, and never a guess. */
export function jsonBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8(buffer)
    ? `"text":${JSON.stringify(buffer.toString('utf8'))}`
    : `"base64":"${buffer.toString('base64')}"`;
}
