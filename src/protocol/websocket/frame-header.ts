/** Of a WebSocket frame (RFC 6455 §5.2). */
export interface FrameHeader {
  readonly isFinal: boolean;
  /** RSV1: with permessage-deflate, a compressed message begins here (RFC 7692 §6). */
  readonly isCompressed: boolean;
  readonly opcode: number;
  /** The four bytes of the mask as a little-endian number; null where the payload is not masked. */
  readonly mask: number | null;
  readonly payloadBytes: number;
  readonly headerBytes: number;
}

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/**
 * | byte 0 | byte 1 | then | then |
 * |---|---|---|---|
 * | FIN, RSV1–3, opcode | MASK, length | length in 2 bytes (126) or 8 (127) | mask in 4 bytes |
 *
 * `more` when it is not complete; `wrong` when no frame begins like that.
 */
export function parseFrameHeader(bytes: Uint8Array, at: number): FrameHeader | 'more' | 'wrong' {
  const first = bytes[at];
  const second = bytes[at + 1];
  if (first === undefined) return 'more';
  const code = first & 0x0f;
  const isControl = code >= opcode.close;
  const isFinal = (first & 0x80) !== 0;
  if ((first & 0x30) !== 0 || !knownOpcodes.has(code)) return 'wrong';
  // RFC 6455 §5.5: control frames are whole; RFC 7692 §6.1: and never compressed. Only a first frame says it is.
  if (isControl && !isFinal) return 'wrong';
  const isCompressed = (first & 0x40) !== 0;
  if (isCompressed && (isControl || code === opcode.continuation)) return 'wrong';
  if (second === undefined) return 'more';
  const short = second & 0x7f;
  if (isControl && short > 125) return 'wrong';
  const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
  const maskBytes = (second & 0x80) === 0 ? 0 : 4;
  const headerBytes = 2 + lengthBytes + maskBytes;
  if (bytes.length < at + headerBytes) return 'more';
  const payloadBytes = lengthBytes === 0 ? short : readLength(bytes, at + 2, lengthBytes);
  if (payloadBytes > Number.MAX_SAFE_INTEGER) return 'wrong';
  const mask = maskBytes === 0 ? null : readMask(bytes, at + headerBytes - 4);
  return { isFinal, isCompressed, opcode: code, mask, payloadBytes, headerBytes };
}

const knownOpcodes: ReadonlySet<number> = new Set(Object.values(opcode));

function readLength(bytes: Uint8Array, at: number, lengthBytes: number): number {
  let value = 0;
  for (let i = 0; i < lengthBytes; i += 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function readMask(bytes: Uint8Array, at: number): number {
  const byte = (i: number): number => bytes[at + i] ?? 0;
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
}
