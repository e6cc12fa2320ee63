export interface FrameHeader {
  /** Of the payload, padding included. */
  readonly lengthBytes: number;
  readonly type: number;
  readonly flags: number;
  /** 0 is the connection itself. */
  readonly stream: number;
  /** The bit in front of the stream number; senders leave it 0. */
  readonly reservedBit: boolean;
}

export const frameHeaderBytes = 9;

/**
 * RFC 9113 §4.1; `bytes` must hold nine bytes at `at`.
 *
 * | 0–2    | 3    | 4     | 5–8                            |
 * |--------|------|-------|--------------------------------|
 * | length | type | flags | reserved bit, stream (31 bits) |
 */
export function readFrameHeader(bytes: Uint8Array, at: number): FrameHeader {
  return {
    lengthBytes: (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!,
    type: bytes[at + 3]!,
    flags: bytes[at + 4]!,
    stream: ((bytes[at + 5]! & 0x7f) << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!,
    reservedBit: bytes[at + 5]! >= 0x80,
  };
}
