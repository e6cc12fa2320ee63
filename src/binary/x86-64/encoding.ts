import { layout, oneByteLayout, twoByteLayout } from './operand-layout.ts';

/** Opcode maps, named by the bytes that lead into them; VEX, EVEX and XOP name theirs by number. */
export type OpcodeMap = '1' | '0f' | '0f38' | '0f3a' | 'vector' | 'xop';

/** The parts of one instruction's bytes. */
export interface Encoding {
  readonly lengthBytes: number;
  readonly map: OpcodeMap;
  readonly opcode: number;
  /** Index of the ModRM byte; -1 without one. */
  readonly modRmAt: number;
  /** Index of the byte after ModRM, SIB and displacement: where an immediate would be. */
  readonly immediateAt: number;
  readonly immediateBytes: number;
  readonly operandSizePrefix: boolean;
  /** Mandatory prefix: 0, F2 or F3. */
  readonly repeatPrefix: number;
  /** FS or GS: the address is not in the plain address space. */
  readonly threadSegment: boolean;
  readonly hasRex: boolean;
  readonly wide: boolean;
  /** The bits that extend ModRM.reg, SIB.index and ModRM.rm, as 0 or 8. */
  readonly extendReg: number;
  readonly extendIndex: number;
  readonly extendBase: number;
  /** 16, 32 or 64 for VEX, EVEX and XOP; 0 otherwise. */
  readonly vectorBytes: number;
  /** EVEX scales an 8-bit displacement by a factor that depends on the instruction. */
  readonly scaledDisplacement: boolean;
}

const longestInstruction = 15;

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

interface Prefixes {
  readonly end: number;
  readonly operandSize: boolean;
  readonly addressSize: boolean;
  readonly threadSegment: boolean;
  readonly repeat: number;
  readonly lock: boolean;
  readonly rex: number;
}

function parsePrefixes(code: Uint8Array, start: number): Prefixes | undefined {
  let operandSize = false;
  let addressSize = false;
  let threadSegment = false;
  let repeat = 0;
  let lock = false;
  let rex = 0;
  for (let at = start; at < start + longestInstruction && at < code.length; at++) {
    const byte = code[at] ?? 0;
    if ((byte & 0xf0) === 0x40) {
      rex = byte;
      continue;
    }
    if (byte === 0x66) operandSize = true;
    else if (byte === 0x67) addressSize = true;
    else if (byte === 0x64 || byte === 0x65) threadSegment = true;
    else if (byte === 0xf2 || byte === 0xf3) repeat = byte;
    else if (byte === 0xf0) lock = true;
    else if (byte !== 0x26 && byte !== 0x2e && byte !== 0x36 && byte !== 0x3e)
      return { end: at, operandSize, addressSize, threadSegment, repeat, lock, rex };
    // A REX byte counts only directly before the opcode (Intel SDM volume 2, 2.2.1).
    rex = 0;
  }
  return undefined;
}

interface Opcode {
  readonly end: number;
  readonly map: OpcodeMap;
  readonly opcode: number;
  readonly layout: number;
  readonly wide: boolean;
  readonly extendReg: number;
  readonly extendIndex: number;
  readonly extendBase: number;
  readonly vectorBytes: number;
  readonly scaledDisplacement: boolean;
  readonly registersOnly: boolean;
  /** Immediate bytes that the layout does not say. */
  readonly extraImmediate: number;
}

function parseOpcode(code: Uint8Array, prefixes: Prefixes): Opcode | undefined {
  const at = prefixes.end;
  const first = code[at] ?? 0;
  if (first === 0xc4 || first === 0xc5 || first === 0x62) return parseVectorOpcode(code, prefixes);
  // 8F with a map number of 8 and above is XOP; POP r/m has ModRM.reg 0 and so never looks like it.
  if (first === 0x8f && ((code[at + 1] ?? 0) & 0x1f) >= 8) return parseVectorOpcode(code, prefixes);

  const rex = prefixes.rex;
  const common = {
    wide: (rex & 8) !== 0,
    extendReg: (rex & 4) << 1,
    extendIndex: (rex & 2) << 2,
    extendBase: (rex & 1) << 3,
    vectorBytes: 0,
    scaledDisplacement: false,
    registersOnly: false,
    extraImmediate: 0,
  };
  if (first !== 0x0f) {
    const found = oneByteLayout[first] ?? layout.invalid;
    if ((found & layout.invalid) !== 0 || isUndefinedGroup(first, code[at + 1] ?? 0)) return undefined;
    return { ...common, end: at + 1, map: '1', opcode: first, layout: found };
  }
  const second = code[at + 1] ?? 0;
  if (second === 0x38 || second === 0x3a) {
    const found = second === 0x3a ? layout.modRm | layout.imm8 : layout.modRm;
    const map = second === 0x3a ? '0f3a' : '0f38';
    return { ...common, end: at + 3, map, opcode: code[at + 2] ?? 0, layout: found };
  }
  const found = twoByteLayout[second] ?? layout.invalid;
  if ((found & layout.invalid) !== 0 || (second === 0xb8 && prefixes.repeat !== 0xf3)) return undefined;
  return {
    ...common,
    end: at + 2,
    map: '0f',
    opcode: second,
    layout: found,
    // MOV to and from control and debug registers ignores ModRM.mod.
    registersOnly: second >= 0x20 && second <= 0x23,
    // EXTRQ and INSERTQ (SSE4a) take two immediate bytes.
    extraImmediate: second === 0x78 && (prefixes.operandSize || prefixes.repeat === 0xf2) ? 2 : 0,
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

/**
 * VEX, EVEX and XOP: register extension bits are stored inverted.
 * C5 [RvvvvLpp] op · C4 [RXBmmmmm] [WvvvvLpp] op · 8F likewise · 62 [RXBR0mmm] [Wvvvv1pp] [zLLbVaaa] op
 */
function parseVectorOpcode(code: Uint8Array, prefixes: Prefixes): Opcode | undefined {
  // Before these, 66, F2, F3, LOCK and REX are undefined (Intel SDM volume 2, 2.3.2 and 2.7.11).
  if (prefixes.operandSize || prefixes.repeat !== 0 || prefixes.lock || prefixes.rex !== 0) return undefined;
  const at = prefixes.end;
  const lead = code[at] ?? 0;
  const first = code[at + 1] ?? 0;
  const short = lead === 0xc5;
  const evex = lead === 0x62;
  const xop = lead === 0x8f;
  const second = short ? first : (code[at + 2] ?? 0);
  const third = code[at + 3] ?? 0;
  const map = short ? 1 : evex ? first & 7 : first & 0x1f;
  const end = at + (short ? 3 : evex ? 5 : 4);
  const opcode = code[end - 1] ?? 0;

  let operands: number = layout.modRm;
  let extraImmediate = 0;
  if (xop) {
    if (map > 10) return undefined;
    extraImmediate = map === 8 ? 1 : map === 10 ? 4 : 0;
  } else {
    if (map === 0 || (map > 3 && !(evex && (map === 5 || map === 6)))) return undefined;
    if (evex && ((first & 8) !== 0 || (second & 4) === 0)) return undefined;
    if (map === 3 || (map === 1 && ((twoByteLayout[opcode] ?? 0) & layout.imm8) !== 0))
      operands |= layout.imm8;
    // VZEROUPPER and VZEROALL stand alone.
    if (map === 1 && opcode === 0x77 && !evex) operands = 0;
  }
  const lengthBits = evex ? third >> 5 : second >> 2;
  return {
    end,
    map: xop ? 'xop' : 'vector',
    opcode,
    layout: operands,
    wide: !short && (second & 0x80) !== 0,
    extendReg: (first & 0x80) !== 0 ? 0 : 8,
    extendIndex: short || (first & 0x40) !== 0 ? 0 : 8,
    extendBase: short || (first & 0x20) !== 0 ? 0 : 8,
    vectorBytes: evex ? 16 << (lengthBits & 3) : (lengthBits & 1) !== 0 ? 32 : 16,
    scaledDisplacement: evex,
    registersOnly: false,
    extraImmediate,
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
