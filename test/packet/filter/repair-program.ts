import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';

const codes = [
  ...[0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60, 0x01, 0x61, 0x81, 0xb1, 0x02, 0x03],
  ...[0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xa4],
  ...[0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac],
  ...[0x05, 0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d, 0x06, 0x16, 0x07, 0x87],
];

/** The nearest program that is well-formed: mutated ones seldom are, and those alone reach the conversion. */
export function repairProgram(program: readonly ClassicInstruction[]): readonly ClassicInstruction[] {
  return [...program, { code: 0x16, jumpTrue: 0, jumpFalse: 0, k: 0 }].map((instruction, index) =>
    repair(instruction, program.length - index),
  );
}

function repair(instruction: ClassicInstruction, following: number): ClassicInstruction {
  const { jumpTrue, jumpFalse, k } = instruction;
  const code = codes.includes(instruction.code)
    ? instruction.code
    : (codes[instruction.code % codes.length] ?? 0x16);
  const within = (skipped: number): number => (following === 0 ? 0 : skipped % following);
  if (following === 0) return { code: 0x16, jumpTrue: 0, jumpFalse: 0, k };
  if (code === 0x05) return { code, jumpTrue, jumpFalse, k: within(k) };
  if ((code & 7) === 5) return { code, jumpTrue: within(jumpTrue), jumpFalse: within(jumpFalse), k };
  const usesMemory = (code & 0xe7) === 0x60 || (code & 0xe7) === 0x61 || code === 0x02 || code === 0x03;
  if (usesMemory) return { ...instruction, code, k: k % 16 };
  if (code === 0x34 || code === 0x94) return { ...instruction, code, k: Math.max(1, k) };
  if (code === 0x64 || code === 0x74) return { ...instruction, code, k: k % 32 };
  return { ...instruction, code, k: (code & 0xe7) === 0x20 && k >= 0xffe0_0000 ? k % 64 : k };
}
