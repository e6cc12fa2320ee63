import type { Flow, Instruction } from '../code/instruction.ts';
import { parseEncoding, type Encoding } from './encoding.ts';
import { memoryOperand } from './memory-operand.ts';
import { stackDelta } from './stack-delta.ts';

/**
 * Decodes one x86-64 instruction: its length, where control goes, what memory it names and what it does to the
 * stack pointer. Undefined when the bytes are no instruction or end within it.
 */
export function decodeX8664(code: Uint8Array, offset: number): Instruction | undefined {
  const encoding = parseEncoding(code, offset);
  if (encoding === undefined) return undefined;
  const flow = flowOf(code, encoding);
  return {
    offset,
    lengthBytes: encoding.lengthBytes,
    flow,
    target: targetOf(code, offset, encoding, flow),
    memory: memoryOperand(code, encoding),
    stackDeltaBytes: stackDelta(code, encoding),
    // Frames are made by SUB; copies of RSP are seen as LEA.
    copiesStackPointer: undefined,
    stackPointerFrom: undefined,
  };
}

function flowOf(code: Uint8Array, encoding: Encoding): Flow {
  const { opcode } = encoding;
  if (encoding.map === '0f') {
    if (opcode >= 0x80 && opcode <= 0x8f) return 'branch';
    // UD2, UD1, UD0.
    if (opcode === 0x0b || opcode === 0xb9 || opcode === 0xff) return 'trap';
    // SYSRET, SYSEXIT, RSM.
    if (opcode === 0x07 || opcode === 0x35 || opcode === 0xaa) return 'return';
    return 'next';
  }
  if (encoding.map !== '1') return 'next';
  if ((opcode >= 0x70 && opcode <= 0x7f) || (opcode >= 0xe0 && opcode <= 0xe3)) return 'branch';
  const modRm = code[encoding.modRmAt] ?? 0;
  switch (opcode) {
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcf:
      return 'return';
    case 0xe8:
      return 'call';
    case 0xe9:
    case 0xeb:
      return 'jump';
    case 0xcc:
    // INT1, and HLT, which a program may not execute.
    // oxlint-disable-next-line no-fallthrough
    case 0xf1:
    case 0xf4:
      return 'trap';
    case 0xc7:
      // XBEGIN goes to its target when the transaction aborts.
      return modRm === 0xf8 ? 'branch' : 'next';
    case 0xff: {
      const reg = (modRm >> 3) & 7;
      if (reg === 2 || reg === 3) return 'indirect-call';
      return reg === 4 || reg === 5 ? 'indirect-jump' : 'next';
    }
    default:
      return 'next';
  }
}

function targetOf(code: Uint8Array, offset: number, encoding: Encoding, flow: Flow): number | undefined {
  if (flow !== 'branch' && flow !== 'jump' && flow !== 'call') return undefined;
  const end = offset + encoding.lengthBytes;
  const at = encoding.immediateAt;
  const bytes = encoding.immediateBytes;
  const low = bytes === 1 ? signExtend(code[at] ?? 0, 8) : (code[at] ?? 0) | ((code[at + 1] ?? 0) << 8);
  if (bytes === 1) return end + low;
  if (bytes === 2) return end + signExtend(low, 16);
  return end + (low | ((code[at + 2] ?? 0) << 16) | ((code[at + 3] ?? 0) << 24));
}

function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}
