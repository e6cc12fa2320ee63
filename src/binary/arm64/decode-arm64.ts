import type { Flow, Instruction } from '../code/instruction.ts';
import { memoryAccess } from './memory-access.ts';

/** SP where an instruction takes it for register 31; elsewhere 31 is the zero register. */
const stackPointer = 31;

/**
 * Decodes one arm64 instruction (Arm ARM, C4.1): where control goes, what memory it names and what it does to SP.
 * Undefined for the groups of encodings that no instruction uses, and when fewer than four bytes are left.
 */
export function decodeArm64(code: Uint8Array, offset: number): Instruction | undefined {
  if (offset + 4 > code.length) return undefined;
  const word =
    ((code[offset] ?? 0) |
      ((code[offset + 1] ?? 0) << 8) |
      ((code[offset + 2] ?? 0) << 16) |
      ((code[offset + 3] ?? 0) << 24)) >>>
    0;
  if (isUnallocated(word)) return undefined;
  const flow = flowOf(word);
  const access = memoryAccess(word);
  return {
    offset,
    lengthBytes: 4,
    flow,
    target: targetOf(word, offset, flow),
    memory: access?.operand,
    ...stackEffect(word, access === undefined ? 0 : access.baseDeltaBytes),
  };
}

/** Top-level groups (bits 28–25) 1 and 3 are unallocated; group 0 holds UDF and SME, of which only UDF is code here. */
function isUnallocated(word: number): boolean {
  const group = (word >>> 25) & 0xf;
  return group === 1 || group === 3 || (group === 0 && word >>> 31 === 0 && word >>> 16 !== 0);
}

function flowOf(word: number): Flow {
  const top = word >>> 26;
  if (top === 0x05) return 'jump';
  if (top === 0x25) return 'call';
  // B.cond and BC.cond; CBZ and CBNZ; TBZ and TBNZ.
  if (word >>> 24 === 0x54) return 'branch';
  if ((word & 0x7e000000) >>> 0 === 0x34000000 || (word & 0x7e000000) >>> 0 === 0x36000000) return 'branch';
  if (word >>> 25 === 0x6b) {
    // Branches to a register; bit 3 of the field marks those with pointer authentication.
    const operation = (word >>> 21) & 0xf;
    if (operation === 0 || operation === 8) return 'indirect-jump';
    if (operation === 1 || operation === 9) return 'indirect-call';
    return operation === 2 || operation === 4 || operation === 5 ? 'return' : 'trap';
  }
  // BRK, HLT, UDF.
  if ((word & 0xffe0001f) >>> 0 === 0xd4200000 || (word & 0xffe0001f) >>> 0 === 0xd4400000) return 'trap';
  return word >>> 16 === 0 ? 'trap' : 'next';
}

function targetOf(word: number, offset: number, flow: Flow): number | undefined {
  if (flow === 'jump' || flow === 'call') return offset + ((word << 6) >> 6) * 4;
  if (flow !== 'branch') return undefined;
  const testBit = (word & 0x7e000000) >>> 0 === 0x36000000;
  return offset + (testBit ? (word << 13) >> 18 : (word << 8) >> 13) * 4;
}

function stackEffect(
  word: number,
  baseDeltaBytes: number | undefined,
): Pick<Instruction, 'stackDeltaBytes' | 'copiesStackPointer' | 'stackPointerFrom'> {
  const nothing = { stackDeltaBytes: 0, copiesStackPointer: undefined, stackPointerFrom: undefined };
  if (baseDeltaBytes !== 0) return { ...nothing, stackDeltaBytes: baseDeltaBytes };
  const destination = word & 31;
  const source = (word >>> 5) & 31;

  // ADD and SUB (immediate), 64 bits, without flags: the forms in which register 31 is SP.
  if ((word & 0xbf800000) >>> 0 === 0x91000000 >>> 0) {
    const shift = (word >>> 22) & 1 ? 12 : 0;
    const immediate = ((word >>> 10) & 0xfff) << shift;
    const delta = (word >>> 30) & 1 ? -immediate : immediate;
    if (destination === stackPointer) {
      if (source === stackPointer) return { ...nothing, stackDeltaBytes: delta };
      if (delta === 0) return { ...nothing, stackDeltaBytes: undefined, stackPointerFrom: source };
      return { ...nothing, stackDeltaBytes: undefined };
    }
    if (source === stackPointer)
      return { ...nothing, copiesStackPointer: { register: destination, deltaBytes: delta } };
    return nothing;
  }
  return writesStackPointer(word) ? { ...nothing, stackDeltaBytes: undefined } : nothing;
}

/** Other instructions whose destination 31 is SP: 32-bit and register forms of ADD and SUB, AND, ORR, EOR with an immediate, tags. */
function writesStackPointer(word: number): boolean {
  if ((word & 31) !== stackPointer) return false;
  const setsFlags = ((word >>> 29) & 1) !== 0;
  // ADD and SUB (immediate) of 32 bits, ADDG and SUBG.
  if ((word & 0x1f000000) >>> 0 === 0x11000000) return !setsFlags;
  // ADD and SUB (extended register).
  if ((word & 0x1fe00000) >>> 0 === 0x0b200000) return !setsFlags;
  // Logical (immediate); ANDS is the one that sets flags.
  if ((word & 0x1f800000) >>> 0 === 0x12000000) return ((word >>> 29) & 3) !== 3;
  // IRG; ADDVL, ADDPL and their streaming forms; RETAA and the like leave 31 in place but write nothing.
  if ((word & 0xffe0fc00) >>> 0 === 0x9ac01000) return true;
  return (word & 0xffa0f000) >>> 0 === 0x04205000;
}
