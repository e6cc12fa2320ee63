/**
 * The little-endian 64-bit word at `position`. Above 2^53 its low bits are lost: no file size and no address of a
 * program is that large, so a caller that compares it with one sees that it is too large.
 */
export function u64At(buffer: Buffer, position: number): number {
  return buffer.readUInt32LE(position) + buffer.readUInt32LE(position + 4) * 0x1_0000_0000;
}
