/**
 * Options of a block, in order, with the end mark; empty without any. `value` of a text is UTF-8.
 *
 * | code (2) | length (2) | value | padding to 4 |
 */
export function formatOptions(options: readonly (readonly [code: number, value: OptionValue])[]): Buffer {
  if (options.length === 0) return Buffer.alloc(0);
  return Buffer.concat([...options.map(([code, value]) => formatOption(code, value)), Buffer.alloc(4)]);
}

export type OptionValue = string | Buffer;

/** Longest value that the length field can tell. */
const maxValueBytes = 0xffff;

/** One option, without the end mark. */
export function formatOption(code: number, value: OptionValue): Buffer {
  const bytes = (typeof value === 'string' ? Buffer.from(value) : value).subarray(0, maxValueBytes);
  const option = Buffer.alloc(4 + padded(bytes.length));
  option.writeUInt16LE(code, 0);
  option.writeUInt16LE(bytes.length, 2);
  bytes.copy(option, 4);
  return option;
}

export function padded(lengthBytes: number): number {
  return (lengthBytes + 3) & ~3;
}
