import type { ByteSource } from './byte-source.ts';

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sizeBytes: buffer.length,
    read: (offset, length) =>
      offset < 0 || length <= 0 ? Buffer.alloc(0) : buffer.subarray(offset, offset + length),
  };
}
