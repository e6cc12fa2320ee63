import { Buffer, isUtf8 } from 'node:buffer';

/**
 * A protobuf message without its schema: field numbers and what their wire types allow to say, `{ 1: "abc" 2: 42 }`.
 * A field of bytes is shown as text where it is text, as a message where it can be read as one, else in hex. Numbers of
 * four and eight bytes may be integers or floating point: they are shown as `0x…`. Source: protobuf.dev, "Encoding".
 */
export function formatProtobuf(bytes: Uint8Array): string {
  const fields = parseFields(bytes, 0);
  return fields === null ? `0x${hex(bytes, maxShownBytes)}` : fields;
}

function parseFields(bytes: Uint8Array, depth: number): string | null {
  const parts: string[] = [];
  const reader = new WireReader(bytes);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === null) return null;
    const number = tag >> 3n;
    if (number === 0n || number > maxFieldNumber) return null;
    const value = formatValue(reader, Number(tag & 7n), depth);
    if (value === null) return null;
    if (parts.length < maxFields) parts.push(`${number}: ${value}`);
    else if (parts.length === maxFields) parts.push('…');
  }
  return parts.length === 0 ? '{}' : `{ ${parts.join(' ')} }`;
}

function formatValue(reader: WireReader, wireType: number, depth: number): string | null {
  switch (wireType) {
    case 0:
      return reader.varint()?.toString() ?? null;
    case 1: {
      const value = reader.take(8);
      return value === null ? null : `0x${hex(value.toReversed(), 8)}`;
    }
    case 5: {
      const value = reader.take(4);
      return value === null ? null : `0x${hex(value.toReversed(), 4)}`;
    }
    case 2: {
      const length = reader.varint();
      const value = length === null || length > BigInt(reader.leftBytes) ? null : reader.take(Number(length));
      return value === null ? null : formatBytes(value, depth);
    }
    default:
      // Groups are deprecated, and nothing else exists.
      return null;
  }
}

function formatBytes(bytes: Uint8Array, depth: number): string {
  if (bytes.length === 0) return '""';
  const isText = isUtf8(bytes) && isPrintable(bytes);
  if (isText) return JSON.stringify(Buffer.from(bytes).toString('utf8'));
  const nested = depth < maxDepth ? parseFields(bytes, depth + 1) : null;
  return nested ?? `0x${hex(bytes, maxShownBytes)}`;
}

/** A nested message often is valid UTF-8, too: its tags and lengths are control characters. */
function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function hex(bytes: Uint8Array, most: number): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, most)).toString('hex');
  return bytes.length > most ? `${shown}… (${bytes.length} bytes)` : shown;
}

class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#at;
  }

  /** At most ten bytes, seven bits each, the lowest first. */
  varint(): bigint | null {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return null;
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value > maxVarint ? null : value;
    }
    return null;
  }

  take(length: number): Uint8Array | null {
    if (length > this.leftBytes) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

const maxFieldNumber = 2n ** 29n - 1n;
const maxVarint = 2n ** 64n - 1n;
const maxDepth = 16;
const maxFields = 1000;
const maxShownBytes = 64;
