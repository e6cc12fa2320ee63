/**
 * One instruction of classic BPF, the language that libpcap compiles expressions to:
 *
 * | offset | bytes | field       |
 * |--------|-------|-------------|
 * | 0      | 2     | `code`      |
 * | 2      | 1     | `jumpTrue`  |
 * | 3      | 1     | `jumpFalse` |
 * | 4      | 4     | `k`         |
 */
export interface ClassicInstruction {
  readonly code: number;
  /** Instructions to skip where a comparison holds, or does not. */
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  /** Unsigned. */
  readonly k: number;
}

/** Instructions as libpcap holds them, in the machine's byte order (both supported machines are little-endian). */
export function parseClassicProgram(bytes: Buffer): readonly ClassicInstruction[] {
  const count = Math.floor(bytes.length / classicInstructionBytes);
  return Array.from({ length: count }, (_, index) => {
    const at = index * classicInstructionBytes;
    return {
      code: bytes.readUInt16LE(at),
      jumpTrue: bytes.readUInt8(at + 2),
      jumpFalse: bytes.readUInt8(at + 3),
      k: bytes.readUInt32LE(at + 4),
    };
  });
}

export const classicInstructionBytes = 8;
