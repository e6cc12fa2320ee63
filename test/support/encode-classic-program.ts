import type { ClassicInstruction } from '../../src/bpf/classic-instruction.ts';

/** The instructions as libpcap holds them. */
export function encodeClassicProgram(program: readonly ClassicInstruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jumpTrue, jumpFalse, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes[index * 8 + 2] = jumpTrue;
    bytes[index * 8 + 3] = jumpFalse;
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}
