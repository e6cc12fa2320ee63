import type { Architecture } from './probe-plan.ts';

/**
 * Whether the kernel emulates an instruction under a uprobe instead of single-stepping a copy of it
 * (Linux arch/x86/kernel/uprobes.c, `branch_setup_xol_ops` and `push_setup_xol_ops`;
 * arch/arm64/kernel/probes/decode-insn.c, `arm_probe_decode_insn`).
 */
export function isEmulated(architecture: Architecture, instruction: Uint8Array): boolean {
  return architecture === 'x86-64' ? isEmulatedX8664(instruction) : isSimulatedArm64(instruction);
}

function isEmulatedX8664(instruction: Uint8Array): boolean {
  const [first = 0, second = 0] = instruction;
  // CALL, JMP, NOP, Jcc. Compilers put no prefix before them.
  if (first === 0xe8 || first === 0xe9 || first === 0xeb || first === 0x90) return true;
  if (first >= 0x70 && first <= 0x7f) return true;
  if (first === 0x0f && second >= 0x80 && second <= 0x8f) return true;
  // PUSH of a register, since Linux 5.0.
  const push = first === 0x41 ? second : first;
  return push >= 0x50 && push <= 0x57 && instruction.length === (first === 0x41 ? 2 : 1);
}

function isSimulatedArm64(instruction: Uint8Array): boolean {
  if (instruction.length !== 4) return false;
  const word = new DataView(instruction.buffer, instruction.byteOffset, 4).getUint32(0, true);
  const is = (mask: number, value: number): boolean => (word & mask) >>> 0 === value;
  return (
    // B and BL; B.cond; CBZ and CBNZ; TBZ and TBNZ.
    is(0x7c000000, 0x14000000) ||
    is(0xff000010, 0x54000000) ||
    is(0x7e000000, 0x34000000) ||
    is(0x7e000000, 0x36000000) ||
    // BR, BLR, RET; ADR and ADRP; LDR and LDRSW (literal) of general registers.
    is(0xfffffc1f, 0xd61f0000) ||
    is(0xfffffc1f, 0xd63f0000) ||
    is(0xfffffc1f, 0xd65f0000) ||
    is(0x1f000000, 0x10000000) ||
    is(0xbf000000, 0x18000000) ||
    is(0xff000000, 0x98000000)
  );
}
