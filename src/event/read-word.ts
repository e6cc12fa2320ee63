/** A little-endian u64 as a number: exact below 2^53, which addresses, offsets and nanoseconds since boot stay. */
export function readWord(memory: Uint8Array, at: number): number {
  return readHalf(memory, at) + readHalf(memory, at + 4) * 0x1_0000_0000;
}

/** A little-endian u32 inside `memory`. What a Buffer has for this checks its arguments, at a multiple of the cost. */
export function readHalf(memory: Uint8Array, at: number): number {
  return (memory[at]! | (memory[at + 1]! << 8) | (memory[at + 2]! << 16) | (memory[at + 3]! << 24)) >>> 0;
}
