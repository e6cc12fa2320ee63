import { layout, oneByteLayout, twoByteLayout } from './operand-layout.ts';
import type { Prefixes } from './prefixes.ts';
import { parseVectorOpcode } from './vector-opcode.ts';

/** Opcode maps, named by the bytes that lead into them; VEX, EVEX and XOP name theirs by number. */
export type OpcodeMap = '1' | '0f' | '0f38' | '0f3a' | 'vector' | 'xop';

/** An opcode with what it says about the bytes after it. */
export interface Opcode {
  /** Index of the byte after it. */
  readonly end: number;
  readonly map: OpcodeMap;
  readonly opcode: number;
  /** Flags of `layout`. */
  readonly layout: number;
  readonly wide: boolean;
  /** The bits that extend ModRM.reg, SIB.index and ModRM.rm, as 0 or 8. */
  readonly extendReg: number;
  readonly extendIndex: number;
  readonly extendBase: number;
  /** 16, 32 or 64 for VEX, EVEX and XOP; 0 otherwise. */
  readonly vectorBytes: number;
  /** EVEX scales an 8-bit displacement by a factor that depends on the instruction. */
  readonly scaledDisplacement: boolean;
  /** ModRM names registers whatever its mod field says. */
  readonly registersOnly: boolean;
  /** Immediate bytes that the layout does not say. */
  readonly extraImmediate: number;
}

/** Reads the opcode behind the prefixes; undefined where there is none. */
export function parseOpcode(code: Uint8Array, prefixes: Prefixes): Opcode | undefined {
  const at = prefixes.end;
  const first = code[at] ?? 0;
  if (first === 0xc4 || first === 0xc5 || first === 0x62) return parseVectorOpcode(code, prefixes);
  // 8F with a map number of 8 and above is XOP; POP r/m has ModRM.reg 0 and so never looks like it.
  if (first === 0x8f && ((code[at + 1] ?? 0) & 0x1f) >= 8) return parseVectorOpcode(code, prefixes);

  if (first !== 0x0f) {
    const found = oneByteLayout[first] ?? layout.invalid;
    if ((found & layout.invalid) !== 0 || isUndefinedGroup(first, code[at + 1] ?? 0)) return undefined;
    return plainOpcode(prefixes, at + 1, '1', first, found);
  }
  const second = code[at + 1] ?? 0;
  const third = code[at + 2] ?? 0;
  if (second === 0x38) return plainOpcode(prefixes, at + 3, '0f38', third, layout.modRm);
  if (second === 0x3a) return plainOpcode(prefixes, at + 3, '0f3a', third, layout.modRm | layout.imm8);
  const found = twoByteLayout[second] ?? layout.invalid;
  if ((found & layout.invalid) !== 0 || (second === 0xb8 && prefixes.repeat !== 0xf3)) return undefined;
  return plainOpcode(prefixes, at + 2, '0f', second, found);
}

function plainOpcode(
  prefixes: Prefixes,
  end: number,
  map: OpcodeMap,
  opcode: number,
  operands: number,
): Opcode {
  const { rex } = prefixes;
  const twoByte = map === '0f';
  return {
    end,
    map,
    opcode,
    layout: operands,
    wide: (rex & 8) !== 0,
    extendReg: (rex & 4) << 1,
    extendIndex: (rex & 2) << 2,
    extendBase: (rex & 1) << 3,
    vectorBytes: 0,
    scaledDisplacement: false,
    // MOV to and from control and debug registers ignores ModRM.mod.
    registersOnly: twoByte && opcode >= 0x20 && opcode <= 0x23,
    // EXTRQ and INSERTQ (SSE4a) take two immediate bytes.
    extraImmediate: twoByte && opcode === 0x78 && (prefixes.operandSize || prefixes.repeat === 0xf2) ? 2 : 0,
  };
}

/** Whether ModRM.reg selects no instruction of a one-byte opcode group. */
function isUndefinedGroup(opcode: number, modRm: number): boolean {
  const reg = (modRm >> 3) & 7;
  if (opcode === 0x8f) return reg !== 0;
  if (opcode === 0xc6 || opcode === 0xc7) return reg !== 0 && modRm !== 0xf8;
  if (opcode === 0xfe) return reg > 1;
  if (opcode === 0xff) return reg === 7 || (modRm >= 0xc0 && (reg === 3 || reg === 5));
  // LEA of a register.
  return opcode === 0x8d && modRm >= 0xc0;
}
