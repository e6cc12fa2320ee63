import type { ByteSource } from './byte-source.ts';

/** Bytes that are in memory already; they are not copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sizeBytes: buffer.length,
    read(offset, length) {
      const start = Math.max(offset, 0);
      const end = Math.min(offset + length, buffer.length);
      return start < end ? buffer.subarray(start, end) : Buffer.alloc(0);
    },
  };
}
