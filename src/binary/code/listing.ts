import type { Decoder, Instruction } from './instruction.ts';

/** A function's code, decoded from its first byte to its last. */
export interface Listing {
  readonly sizeBytes: number;
  readonly instructions: readonly Instruction[];
  /** Where decoding had to stop, if it did: the bytes there are no instruction. */
  readonly undecodableOffset: number | undefined;
  /** The instruction that begins at `offset`; undefined in the middle of one. */
  at(offset: number): Instruction | undefined;
  /** The instruction that follows in memory. */
  after(instruction: Instruction): Instruction | undefined;
}

/** Decodes all of `code`. A function's listing may end with padding, which decodes to traps. */
export function listCode(code: Uint8Array, decode: Decoder): Listing {
  const instructions: Instruction[] = [];
  const byOffset = new Map<number, Instruction>();
  let offset = 0;
  let undecodableOffset: number | undefined;
  while (offset < code.length) {
    const instruction = decode(code, offset);
    if (instruction === undefined) {
      undecodableOffset = offset;
      break;
    }
    instructions.push(instruction);
    byOffset.set(offset, instruction);
    offset += instruction.lengthBytes;
  }
  return {
    sizeBytes: code.length,
    instructions,
    undecodableOffset,
    at: (at) => byOffset.get(at),
    after: (instruction) => byOffset.get(instruction.offset + instruction.lengthBytes),
  };
}
