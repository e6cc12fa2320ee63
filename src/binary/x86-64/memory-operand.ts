import { noRegister, type MemoryOperand } from '../code/instruction.ts';
import type { Encoding } from './encoding.ts';

/** The operand that ModRM names, when it is memory. */
export function memoryOperand(code: Uint8Array, encoding: Encoding): MemoryOperand | undefined {
  const at = encoding.modRmAt;
  if (at < 0) return undefined;
  const modRm = code[at] ?? 0;
  const mod = modRm >> 6;
  // MOV to and from control and debug registers never names memory.
  const controlRegister = encoding.map === '0f' && encoding.opcode >= 0x20 && encoding.opcode <= 0x23;
  if (mod === 3 || controlRegister) return undefined;

  const { base, indexed, displacementAt } = address(code, encoding, modRm);
  const displacement =
    mod === 1
      ? ((code[displacementAt] ?? 0) << 24) >> 24
      : mod === 2 || base === noRegister
        ? int32(code, displacementAt)
        : 0;
  const operation = operationOf(encoding, modRm);
  // EVEX: the real displacement is this one times 1 to 64.
  const scaled = encoding.scaledDisplacement && mod === 1;
  const wholeRegister = isWholeRegisterMove(encoding) ? ((modRm >> 3) & 7) + encoding.extendReg : noRegister;
  return {
    base: encoding.threadSegment ? noRegister : base,
    indexed,
    displacement: scaled ? Math.min(displacement, displacement * 64) : displacement,
    sizeBytes: operation.sizeBytes + (scaled ? Math.abs(displacement) * 63 : 0),
    access: operation.access,
    register: wholeRegister,
  };
}

function address(
  code: Uint8Array,
  encoding: Encoding,
  modRm: number,
): { readonly base: number; readonly indexed: boolean; readonly displacementAt: number } {
  const at = encoding.modRmAt;
  const mod = modRm >> 6;
  const low = modRm & 7;
  if (low === 4) {
    const sib = code[at + 1] ?? 0;
    const base = mod === 0 && (sib & 7) === 5 ? noRegister : (sib & 7) + encoding.extendBase;
    const index = ((sib >> 3) & 7) + encoding.extendIndex;
    return { base, indexed: index !== 4, displacementAt: at + 2 };
  }
  const base = mod === 0 && low === 5 ? noRegister : low + encoding.extendBase;
  return { base, indexed: false, displacementAt: at + 1 };
}

interface Operation {
  readonly sizeBytes: number;
  readonly access: MemoryOperand['access'];
}

/** How many bytes are touched and in which direction: exact for what compilers put on a stack, else an upper bound. */
function operationOf(encoding: Encoding, modRm: number): Operation {
  const { opcode } = encoding;
  const generalBytes = encoding.wide ? 8 : encoding.operandSizePrefix ? 2 : 4;
  if (encoding.map === '1') return oneByteOperation(opcode, (modRm >> 3) & 7, generalBytes);
  if (encoding.map === '0f') return twoByteOperation(encoding, generalBytes);
  if (encoding.map === 'vector') return { sizeBytes: Math.min(64, encoding.vectorBytes), access: 'unknown' };
  // MOVDIR64B and the key-locker instructions are the largest.
  return { sizeBytes: 64, access: 'unknown' };
}

function oneByteOperation(opcode: number, group: number, generalBytes: number): Operation {
  if (opcode < 0x40) {
    // ADD OR ADC SBB AND SUB XOR CMP: r/m,r then r,r/m; even opcodes are byte operations.
    const sizeBytes = (opcode & 1) === 0 ? 1 : generalBytes;
    const compares = opcode >> 3 === 7;
    return { sizeBytes, access: compares || (opcode & 2) !== 0 ? 'load' : 'unknown' };
  }
  switch (opcode) {
    case 0x63:
      return { sizeBytes: 4, access: 'load' };
    case 0x69:
    case 0x6b:
    case 0x85:
    case 0x8b:
      return { sizeBytes: generalBytes, access: 'load' };
    case 0x80:
      return { sizeBytes: 1, access: group === 7 ? 'load' : 'unknown' };
    case 0x81:
    case 0x83:
      return { sizeBytes: generalBytes, access: group === 7 ? 'load' : 'unknown' };
    case 0x84:
    case 0x8a:
      return { sizeBytes: 1, access: 'load' };
    case 0x88:
    case 0xc6:
      return { sizeBytes: 1, access: 'store' };
    case 0x89:
    case 0xc7:
      return { sizeBytes: generalBytes, access: 'store' };
    case 0x8d:
      return { sizeBytes: 0, access: 'address' };
    case 0xff:
      // INC and DEC change it; CALL, JMP and PUSH read it, the far ones a segment as well.
      return { sizeBytes: 10, access: group < 2 ? 'unknown' : 'load' };
    default:
      // Floating-point environments (FNSAVE) are the largest here.
      return { sizeBytes: opcode >= 0xd8 && opcode <= 0xdf ? 108 : 8, access: 'unknown' };
  }
}

function twoByteOperation(encoding: Encoding, generalBytes: number): Operation {
  const { opcode } = encoding;
  // MOVUPS, MOVUPD, MOVAPS, MOVAPD; with F3 and F2 MOVSS and MOVSD.
  const scalarBytes = encoding.repeatPrefix === 0xf3 ? 4 : encoding.repeatPrefix === 0xf2 ? 8 : 16;
  if (opcode === 0x10 || opcode === 0x28) return { sizeBytes: scalarBytes, access: 'load' };
  if (opcode === 0x11 || opcode === 0x29) return { sizeBytes: scalarBytes, access: 'store' };
  // MOVDQU, MOVDQA, MOVQ.
  if (opcode === 0x6f) return { sizeBytes: 16, access: 'load' };
  if (opcode === 0x7f) return { sizeBytes: 16, access: 'store' };
  if (opcode === 0xd6 && encoding.operandSizePrefix) return { sizeBytes: 8, access: 'store' };
  if (opcode === 0x7e && encoding.repeatPrefix === 0xf3) return { sizeBytes: 8, access: 'load' };
  if (opcode >= 0x40 && opcode <= 0x4f) return { sizeBytes: generalBytes, access: 'load' };
  // MOVZX and MOVSX.
  if (opcode === 0xb6 || opcode === 0xbe) return { sizeBytes: 1, access: 'load' };
  if (opcode === 0xb7 || opcode === 0xbf) return { sizeBytes: 2, access: 'load' };
  // Multi-byte NOP and hints touch nothing.
  if (opcode >= 0x18 && opcode <= 0x1f) return { sizeBytes: 0, access: 'address' };
  // FXSAVE and XSAVE (0F AE, 0F C7) write areas of unknown size.
  if (opcode === 0xae || opcode === 0xc7) return { sizeBytes: 16384, access: 'unknown' };
  return { sizeBytes: 16, access: 'unknown' };
}

/** MOV of all eight bytes between memory and a general register. */
function isWholeRegisterMove(encoding: Encoding): boolean {
  return encoding.map === '1' && encoding.wide && (encoding.opcode === 0x89 || encoding.opcode === 0x8b);
}

function int32(code: Uint8Array, at: number): number {
  return (
    (code[at] ?? 0) | ((code[at + 1] ?? 0) << 8) | ((code[at + 2] ?? 0) << 16) | ((code[at + 3] ?? 0) << 24)
  );
}
