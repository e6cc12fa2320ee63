/** Where control goes after an instruction. A call is expected to come back; a trap is not. */
export type Flow =
  | 'next'
  | 'branch'
  | 'jump'
  | 'indirect-jump'
  | 'call'
  | 'indirect-call'
  | 'return'
  | 'trap';

/** No register: absolute, relative to the program counter, or in a thread's segment. */
export const noRegister = -1;

/** The memory that an instruction names. Implicit accesses (`push`, string instructions) are not listed. */
export interface MemoryOperand {
  /** Number of the base register as the architecture encodes it, or {@link noRegister}. */
  readonly base: number;
  /** Whether an index register is added, so that the address is not known. */
  readonly indexed: boolean;
  /** Lowest byte touched, relative to the base register before the instruction. */
  readonly displacement: number;
  /** Number of bytes touched; where that is not decoded, an upper bound. */
  readonly sizeBytes: number;
  /** `address` computes the address only; `unknown` may read and write. */
  readonly access: 'load' | 'store' | 'address' | 'unknown';
  /** The general register whose whole eight bytes are moved, or {@link noRegister} for anything else. */
  readonly register: number;
}

/** One decoded instruction. Offsets count from the start of the decoded bytes. */
export interface Instruction {
  readonly offset: number;
  readonly lengthBytes: number;
  readonly flow: Flow;
  /** Where a direct jump, branch or call goes; may lie outside the decoded bytes. */
  readonly target: number | undefined;
  readonly memory: MemoryOperand | undefined;
  /** What it adds to the stack pointer; undefined when it sets it in a way that is not decoded. A call adds nothing. */
  readonly stackDeltaBytes: number | undefined;
  /** Set when a register becomes stack pointer plus `deltaBytes`. */
  readonly copiesStackPointer: { readonly register: number; readonly deltaBytes: number } | undefined;
  /** Set when the stack pointer is loaded from this register. */
  readonly stackPointerFrom: number | undefined;
}

/** Decodes the instruction at `offset`; undefined when the bytes are no instruction or end within it. */
export type Decoder = (code: Uint8Array, offset: number) => Instruction | undefined;
