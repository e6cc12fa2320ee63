import { parseOpcode, type Opcode } from './opcode.ts';
import { layout } from './operand-layout.ts';
import { longestInstruction, parsePrefixes, type Prefixes } from './prefixes.ts';

/** The parts of one instruction's bytes. */
export interface Encoding extends Pick<
  Opcode,
  | 'map'
  | 'opcode'
  | 'wide'
  | 'extendReg'
  | 'extendIndex'
  | 'extendBase'
  | 'vectorBytes'
  | 'scaledDisplacement'
> {
  readonly lengthBytes: number;
  /** Index of the ModRM byte; -1 without one. */
  readonly modRmAt: number;
  /** Index of the byte after ModRM, SIB and displacement: where an immediate would be. */
  readonly immediateAt: number;
  readonly immediateBytes: number;
  readonly operandSizePrefix: boolean;
  /** F2, F3 or 0. */
  readonly repeatPrefix: number;
  /** FS or GS: the address is not in the plain address space. */
  readonly threadSegment: boolean;
  readonly hasRex: boolean;
}

/** Splits the instruction at `start` into its parts; undefined when it is none or the bytes end within it. */
export function parseEncoding(code: Uint8Array, start: number): Encoding | undefined {
  const prefixes = parsePrefixes(code, start);
  if (prefixes === undefined) return undefined;
  const opcode = parseOpcode(code, prefixes);
  if (opcode === undefined) return undefined;

  const modRmAt = (opcode.layout & layout.modRm) !== 0 ? opcode.end : -1;
  const immediateAt = modRmAt < 0 ? opcode.end : modRmAt + addressBytes(code, modRmAt, opcode);
  const immediateBytes = immediateLength(code[modRmAt] ?? 0, opcode, prefixes);
  const lengthBytes = immediateAt + immediateBytes - start;
  if (lengthBytes > longestInstruction || start + lengthBytes > code.length) return undefined;
  return {
    lengthBytes,
    map: opcode.map,
    opcode: opcode.opcode,
    modRmAt,
    immediateAt,
    immediateBytes,
    operandSizePrefix: prefixes.operandSize,
    repeatPrefix: prefixes.repeat,
    threadSegment: prefixes.threadSegment,
    hasRex: prefixes.rex !== 0,
    wide: opcode.wide,
    extendReg: opcode.extendReg,
    extendIndex: opcode.extendIndex,
    extendBase: opcode.extendBase,
    vectorBytes: opcode.vectorBytes,
    scaledDisplacement: opcode.scaledDisplacement,
  };
}

/** Bytes taken by ModRM, SIB and displacement. */
function addressBytes(code: Uint8Array, at: number, opcode: Opcode): number {
  const modRm = code[at] ?? 0;
  const mod = modRm >> 6;
  if (mod === 3 || opcode.registersOnly) return 1;
  const sib = (modRm & 7) === 4;
  const displacement = mod === 1 ? 1 : mod === 2 ? 4 : 0;
  if (sib) return 2 + (mod === 0 && ((code[at + 1] ?? 0) & 7) === 5 ? 4 : displacement);
  return 1 + (mod === 0 && (modRm & 7) === 5 ? 4 : displacement);
}

function immediateLength(modRm: number, opcode: Opcode, prefixes: Prefixes): number {
  const operandBytes = prefixes.operandSize && !opcode.wide ? 2 : 4;
  let length = opcode.extraImmediate;
  if ((opcode.layout & layout.imm8) !== 0) length += 1;
  if ((opcode.layout & layout.imm16) !== 0) length += 2;
  if ((opcode.layout & layout.immZ) !== 0) {
    // Relative branches keep 32 bits whatever the prefix says (Intel; AMD differs and no compiler emits it).
    const branch = opcode.map === '0f' || opcode.opcode === 0xe8 || opcode.opcode === 0xe9;
    length += branch ? 4 : operandBytes;
  }
  if (opcode.map !== '1') return length;
  const reg = (modRm >> 3) & 7;
  if (opcode.opcode === 0xf6 && reg < 2) length += 1;
  if (opcode.opcode === 0xf7 && reg < 2) length += operandBytes;
  if (opcode.opcode >= 0xa0 && opcode.opcode <= 0xa3) length += prefixes.addressSize ? 4 : 8;
  if (opcode.opcode >= 0xb8 && opcode.opcode <= 0xbf) length += opcode.wide ? 8 : operandBytes;
  return length;
}
