import { byteOpcodes, operandDestinations, registerDestinations } from './destinations.ts';
import type { Encoding } from './encoding.ts';

/** RSP's number in ModRM. */
const stackPointer = 4;

/**
 * What an instruction adds to RSP; undefined when it sets it in another way. Calls and returns are left out: inside one
 * function they come out even.
 */
export function stackDelta(code: Uint8Array, encoding: Encoding): number | undefined {
  const { opcode, map } = encoding;
  const modRm = code[encoding.modRmAt] ?? 0;
  const slot = encoding.operandSizePrefix && !encoding.wide ? 2 : 8;
  if (map === '1') {
    if (opcode >= 0x50 && opcode <= 0x57) return -slot;
    if (opcode >= 0x58 && opcode <= 0x5f) {
      return (opcode & 7) + encoding.extendBase === stackPointer ? undefined : slot;
    }
    // PUSH of immediates and flags.
    if (opcode === 0x68 || opcode === 0x6a || opcode === 0x9c) return -slot;
    if (opcode === 0x9d) return slot;
    if (opcode === 0xff && ((modRm >> 3) & 7) === 6) return -slot;
    if (opcode === 0x8f) return modRm >= 0xc0 && isStackPointer(modRm & 7, encoding) ? undefined : slot;
    // ENTER and LEAVE.
    if (opcode === 0xc8 || opcode === 0xc9) return undefined;
    const adjustment = immediateAdjustment(code, encoding, modRm);
    if (adjustment !== undefined) return adjustment;
  } else if (map === '0f') {
    // PUSH and POP of FS and GS.
    if (opcode === 0xa0 || opcode === 0xa8) return -slot;
    if (opcode === 0xa1 || opcode === 0xa9) return slot;
  }
  return writesStackPointer(encoding, modRm) ? undefined : 0;
}

/** ADD, SUB of an immediate and LEA rsp, [rsp + n]. */
function immediateAdjustment(code: Uint8Array, encoding: Encoding, modRm: number): number | undefined {
  if (!encoding.wide) return undefined;
  const { opcode } = encoding;
  if (opcode === 0x81 || opcode === 0x83) {
    if (modRm < 0xc0 || !isStackPointer(modRm & 7, encoding)) return undefined;
    const group = (modRm >> 3) & 7;
    const immediate = signedLittleEndian(code, encoding.immediateAt, encoding.immediateBytes);
    if (group === 0) return immediate;
    return group === 5 ? -immediate : undefined;
  }
  if (opcode !== 0x8d || ((modRm >> 3) & 7) + encoding.extendReg !== stackPointer) return undefined;
  const mod = modRm >> 6;
  const plainStackAddress =
    (modRm & 7) === 4 && (code[encoding.modRmAt + 1] ?? 0) === 0x24 && encoding.extendIndex === 0;
  if (!plainStackAddress || encoding.extendBase !== 0) return undefined;
  return mod === 0 ? 0 : signedLittleEndian(code, encoding.modRmAt + 2, mod === 1 ? 1 : 4);
}

/** Whether RSP, or a part of it, may be the destination. Errs towards yes. */
function writesStackPointer(encoding: Encoding, modRm: number): boolean {
  const { map, opcode } = encoding;
  if (map === '1') return writesInOneByteMap(encoding, modRm);
  const destination = ((modRm >> 3) & 7) + encoding.extendReg === stackPointer;
  const operand = modRm >= 0xc0 && isStackPointer(modRm & 7, encoding);
  if (map === '0f') {
    // Byte registers: 4 is AH unless there is a REX prefix.
    if ((opcode >= 0x90 && opcode <= 0x9f) || opcode === 0xb0) return operand && encoding.hasRex;
    if (opcode === 0xc0) return encoding.hasRex && (operand || destination);
    if (opcode === 0xc1) return operand || destination;
    // MOV from control and debug registers takes every ModRM.mod for a register.
    if (opcode === 0x20 || opcode === 0x21) return isStackPointer(modRm & 7, encoding);
    if (opcode >= 0xc8 && opcode <= 0xcf) return (opcode & 7) + encoding.extendBase === stackPointer;
    // CMOVcc.
    if (opcode >= 0x40 && opcode <= 0x4f) return destination;
    if (registerDestinations.twoByte.has(opcode)) return destination;
    return operand && operandDestinations.twoByte.has(opcode);
  }
  // CRC32, MOVBE, ADCX; PEXTR; BMI, KMOV and the vector forms of the above: none is ever aimed at RSP by a compiler.
  return map === '0f38' && opcode >= 0xf0
    ? destination || operand
    : operand && map === '0f3a' && opcode >= 0x14 && opcode <= 0x17;
}

function writesInOneByteMap(encoding: Encoding, modRm: number): boolean {
  const { opcode } = encoding;
  const register = ((modRm >> 3) & 7) + encoding.extendReg === stackPointer;
  const operand = modRm >= 0xc0 && isStackPointer(modRm & 7, encoding);
  const group = (modRm >> 3) & 7;
  const isByte = (opcode & 1) === 0 && (opcode < 0x40 || byteOpcodes.has(opcode));
  if (isByte && !encoding.hasRex) return false;
  if (opcode < 0x40 && (opcode & 7) < 4) {
    if (opcode >> 3 === 7) return false;
    return (opcode & 2) !== 0 ? register : operand;
  }
  if (opcode >= 0x90 && opcode <= 0x97) return (opcode & 7) + encoding.extendBase === stackPointer;
  if (opcode >= 0xb0 && opcode <= 0xbf) {
    const byteRegister = opcode < 0xb8 && !encoding.hasRex;
    return !byteRegister && (opcode & 7) + encoding.extendBase === stackPointer;
  }
  if (opcode >= 0x80 && opcode <= 0x83) return operand && group !== 7;
  if (opcode === 0x86 || opcode === 0x87) return operand || register;
  if (opcode === 0xf6 || opcode === 0xf7) return operand && (group === 2 || group === 3);
  if (opcode === 0xfe || opcode === 0xff) return operand && group < 2;
  if (registerDestinations.oneByte.has(opcode)) return register;
  return operand && operandDestinations.oneByte.has(opcode);
}

function isStackPointer(low: number, encoding: Encoding): boolean {
  return low + encoding.extendBase === stackPointer;
}

function signedLittleEndian(code: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let index = bytes - 1; index >= 0; index--) value = (value << 8) | (code[at + index] ?? 0);
  return (value << (32 - bytes * 8)) >> (32 - bytes * 8);
}
