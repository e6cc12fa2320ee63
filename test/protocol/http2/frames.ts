/** Frames written by hand, for connections that no library would make. */
export interface FrameParts {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Uint8Array;
}

export const preface: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export const endStream = 0x1;
export const ack = 0x1;
export const endHeaders = 0x4;
export const padded = 0x8;
export const withPriority = 0x20;

export function frame({ type, flags = 0, stream = 0, payload = Buffer.alloc(0) }: FrameParts): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

export function data(stream: number, content: string | Uint8Array, flags = 0): Buffer {
  return frame({ type: 0, flags, stream, payload: Buffer.from(content) });
}

/** A DATA or HEADERS payload with padding around it. */
export function pad(content: Uint8Array, paddingBytes: number): Buffer {
  return Buffer.concat([Buffer.of(paddingBytes), content, Buffer.alloc(paddingBytes)]);
}

/** Field lines as literals that are not indexed, so that frames can be read on their own. */
export function literalBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), literal(name), literal(value)]));
}

/** A string of up to 16,510 bytes without Huffman code (RFC 7541 §5.2). */
function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const rest = bytes.length - 127;
  const length =
    rest < 0 ? [bytes.length] : rest < 128 ? [127, rest] : [127, (rest & 0x7f) | 0x80, rest >> 7];
  return Buffer.concat([Buffer.of(...length), bytes]);
}

export function headers(stream: number, fields: readonly (readonly [string, string])[], flags = 0): Buffer {
  return frame({ type: 1, flags: flags | endHeaders, stream, payload: literalBlock(fields) });
}

export function settings(entries: readonly (readonly [number, number])[] = []): Buffer {
  const payload = Buffer.alloc(6 * entries.length);
  for (const [at, [id, value]] of entries.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return frame({ type: 4, payload });
}

export function get(path: string): (readonly [string, string])[] {
  return [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'shop.local'],
    [':path', path],
  ];
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}
