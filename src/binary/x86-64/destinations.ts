/** Opcodes whose destination is the general register that ModRM.reg names. */
export const registerDestinations: DestinationSets = {
  // MOVSXD, IMUL, MOV, LEA.
  oneByte: new Set([0x63, 0x69, 0x6b, 0x8a, 0x8b, 0x8d]),
  // LAR, LSL, CVTTSx2SI, CVTSx2SI, MOVMSKPx, IMUL, LSS, LFS, LGS, MOVZX, POPCNT, BSF, BSR, MOVSX, PEXTRW, PMOVMSKB.
  twoByte: setOf('02 03 2c 2d 50 af b2 b4 b5 b6 b7 b8 bc bd be bf c5 d7'),
};

/** Opcodes whose destination is what ModRM.rm names. */
export const operandDestinations: DestinationSets = {
  // MOV, MOV from a segment register, shifts.
  oneByte: setOf('88 89 8c c0 c1 c6 c7 d0 d1 d2 d3'),
  // SLDT and its group, SMSW and its group, EXTRQ, MOVD, SHLD, SHRD, BTS, CMPXCHG, BTR, BTC, RDRAND and their groups.
  twoByte: setOf('00 01 78 7e a4 a5 ab ac ad ae b1 b3 ba bb c7'),
};

/** Opcodes of 40 and above in the one-byte map whose operands are bytes. */
export const byteOpcodes: ReadonlySet<number> = setOf('80 82 84 86 88 8a c0 c6 d0 d2 f6 fe');

interface DestinationSets {
  readonly oneByte: ReadonlySet<number>;
  readonly twoByte: ReadonlySet<number>;
}

function setOf(opcodes: string): ReadonlySet<number> {
  return new Set(opcodes.split(' ').map((opcode) => Number.parseInt(opcode, 16)));
}
