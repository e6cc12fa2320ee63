import { noRegister, type MemoryOperand } from '../code/instruction.ts';

/** The memory an instruction names, and what it adds to its base register on the way. */
export interface MemoryAccess {
  readonly operand: MemoryOperand;
  /** Undefined where SP may be changed by an amount that is not decoded. */
  readonly baseDeltaBytes: number | undefined;
}

/**
 * Loads and stores (Arm ARM, C4.1.94): the forms with an immediate offset exactly, all others (exclusive, atomic,
 * structures, register offsets) as an access of unknown direction and place.
 */
export function memoryAccess(word: number): MemoryAccess | undefined {
  // Bits 28–25 are x1x0 for all of them.
  if (((word >>> 25) & 0b101) !== 0b100) return undefined;
  if ((word & 0x3b000000) >>> 0 === 0x18000000) return literal();
  if ((word & 0x3b000000) >>> 0 === 0x39000000) return unsignedOffset(word);
  if ((word & 0x3b200000) >>> 0 === 0x38000000) return signedOffset(word);
  if ((word & 0x3a000000) >>> 0 === 0x28000000) return pair(word);
  if ((word & 0x3b200c00) >>> 0 === 0x38200800) return registerOffset(word);
  return unknown(word);
}

/** LDR (literal): an address relative to the program counter. */
function literal(): MemoryAccess {
  const operand: MemoryOperand = {
    base: noRegister,
    indexed: false,
    displacement: 0,
    sizeBytes: 16,
    access: 'load',
    register: noRegister,
  };
  return { operand, baseDeltaBytes: 0 };
}

/** Size, direction and register of the single-register forms: size 31–30, V 26, opc 23–22, Rt 4–0. */
function single(word: number): {
  readonly sizeBytes: number;
  readonly access: MemoryOperand['access'];
  readonly register: number;
} {
  const vector = ((word >>> 26) & 1) !== 0;
  const operation = (word >>> 22) & 3;
  const size = vector && operation >= 2 ? 4 : word >>> 30;
  // PRFM has size 3 and opc 2 and touches nothing.
  if (!vector && size === 3 && operation === 2)
    return { sizeBytes: 0, access: 'address', register: noRegister };
  const store = operation === 0 || (vector && operation === 2);
  const whole = !vector && size === 3;
  return {
    sizeBytes: 1 << size,
    access: store ? 'store' : 'load',
    register: whole ? word & 31 : noRegister,
  };
}

function unsignedOffset(word: number): MemoryAccess {
  const shape = single(word);
  const vector = ((word >>> 26) & 1) !== 0;
  const scale = vector && ((word >>> 22) & 3) >= 2 ? 4 : word >>> 30;
  const displacement = ((word >>> 10) & 0xfff) << scale;
  return { operand: { base: baseOf(word), indexed: false, displacement, ...shape }, baseDeltaBytes: 0 };
}

/** Unscaled, post-indexed, unprivileged and pre-indexed: bits 11–10 are 0 to 3. */
function signedOffset(word: number): MemoryAccess {
  const immediate = (word << 11) >> 23;
  const mode = (word >>> 10) & 3;
  const shape = single(word);
  const operand = {
    base: baseOf(word),
    indexed: false,
    displacement: mode === 1 ? 0 : immediate,
    ...shape,
  };
  return { operand, baseDeltaBytes: mode === 1 || mode === 3 ? baseDelta(word, immediate) : 0 };
}

/** LDR x0, [sp, x27] and the like: frames larger than an immediate reaches. */
function registerOffset(word: number): MemoryAccess {
  const { access, sizeBytes } = single(word);
  const base = baseOf(word);
  const operand = { base, indexed: true, displacement: 0, sizeBytes, access, register: noRegister };
  return { operand, baseDeltaBytes: 0 };
}

/** LDP, STP and their kin: opc 31–30, V 26, mode 24–23, L 22. Register {@link noRegister}: there are two. */
function pair(word: number): MemoryAccess {
  const vector = ((word >>> 26) & 1) !== 0;
  const each = vector ? 4 << (word >>> 30) : word >>> 31 !== 0 ? 8 : 4;
  const immediate = ((word << 10) >> 25) * each;
  const mode = (word >>> 23) & 3;
  const operand: MemoryOperand = {
    base: baseOf(word),
    indexed: false,
    displacement: mode === 1 ? 0 : immediate,
    sizeBytes: each * 2,
    access: ((word >>> 22) & 1) !== 0 ? 'load' : 'store',
    register: noRegister,
  };
  return { operand, baseDeltaBytes: mode === 1 || mode === 3 ? baseDelta(word, immediate) : 0 };
}

/** Only changes of SP matter to those who follow the stack. */
function baseDelta(word: number, immediate: number): number {
  return baseOf(word) === 31 ? immediate : 0;
}

function unknown(word: number): MemoryAccess {
  const operand: MemoryOperand = {
    base: baseOf(word),
    indexed: true,
    displacement: 0,
    sizeBytes: 64,
    access: 'unknown',
    register: noRegister,
  };
  return { operand, baseDeltaBytes: operand.base === 31 && mayWriteBack(word) ? undefined : 0 };
}

/** Post-indexed SIMD structures; LDRAA with pre-index; memory tags. */
function mayWriteBack(word: number): boolean {
  return (
    (word & 0xbe800000) >>> 0 === 0x0c800000 ||
    (word & 0x3b200400) >>> 0 === 0x38200400 ||
    (word & 0x3f000000) >>> 0 === 0x19000000
  );
}

function baseOf(word: number): number {
  return (word >>> 5) & 31;
}
