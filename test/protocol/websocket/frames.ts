import { deflateRawSync, constants } from 'node:zlib';

export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  /** Four bytes; without it the payload is not masked. */
  readonly mask?: Uint8Array;
}

/** A WebSocket frame, as RFC 6455 §5.2 draws it. */
export function frame({ opcode, payload = '', fin = true, rsv1 = false, mask }: FrameParts): Buffer {
  const content = Buffer.from(payload);
  const short = content.length < 126 ? content.length : content.length < 65_536 ? 126 : 127;
  const head = Buffer.of(
    (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode,
    (mask === undefined ? 0 : 0x80) | short,
  );
  const length = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0);
  if (short === 126) length.writeUInt16BE(content.length);
  if (short === 127) length.writeBigUInt64BE(BigInt(content.length));
  if (mask !== undefined) content.forEach((byte, i) => (content[i] = byte ^ mask[i % 4]!));
  return Buffer.concat([head, length, mask ?? Buffer.alloc(0), content]);
}

/** What permessage-deflate sends for a message; `earlier` is what the same side said before, with context takeover. */
export function deflateMessage(text: string, earlier = ''): Buffer {
  const dictionary = earlier === '' ? {} : { dictionary: Buffer.from(earlier).subarray(-32_768) };
  const all = deflateRawSync(Buffer.from(text), { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary });
  return all.subarray(0, all.length - 4);
}
