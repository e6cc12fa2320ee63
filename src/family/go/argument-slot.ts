import type { Instruction } from '../../binary/code/instruction.ts';
import { machines } from '../../binary/code/machine.ts';
import type { Body } from './body.ts';

/** How a function treats the stack slot of one of its arguments. */
export interface ArgumentSlot {
  /** Where the argument's register is saved to it, whole. */
  readonly saves: readonly Instruction[];
  readonly loads: readonly Instruction[];
  /** Whatever else may change it or lets others do so, in words with offsets. */
  readonly problems: readonly string[];
}

/** Registers of the first arguments, as encoded: AX and BX; X0 and X1. */
const argumentRegisters = { 'x86-64': [0, 3], arm64: [0, 1] } as const;

/** Bytes from the stack pointer at entry to the slot of argument word 0 or 1, in both conventions (cmd/compile, abi-internal.md). */
export function slotOffset(word: 0 | 1): number {
  return 8 + 8 * word;
}

/** Finds every use of the slot of an argument word in a function's body. */
export function findArgumentSlot(architecture: 'x86-64' | 'arm64', body: Body, word: 0 | 1): ArgumentSlot {
  const register = argumentRegisters[architecture][word];
  const saves: Instruction[] = [];
  const loads: Instruction[] = [];
  const problems: string[] = [];
  for (const instruction of body.instructions) {
    const use = useOfSlot(architecture, body, instruction, slotOffset(word), register);
    if (use === 'save') saves.push(instruction);
    else if (use === 'load') loads.push(instruction);
    else if (use !== undefined) problems.push(`${use} at +${instruction.offset}`);
  }
  return { saves, loads, problems };
}

/** `save`, `load`, or what is wrong in words; undefined when the slot is not touched. */
function useOfSlot(
  architecture: 'x86-64' | 'arm64',
  body: Body,
  instruction: Instruction,
  slot: number,
  register: number,
): string | undefined {
  const depth = body.depths.before(instruction) ?? body.depths.deepest;
  const copied = instruction.copiesStackPointer;
  if (copied !== undefined && isInSlot(copied.deltaBytes - depth, 1, slot)) return 'its address is taken';

  const memory = instruction.memory;
  if (memory === undefined) return undefined;
  const machine = machines[architecture];
  if (memory.base !== machine.stackPointer && memory.base !== machine.framePointer) return undefined;
  const viaFramePointer = memory.base === machine.framePointer;
  // RBP is saved right below the return address and then points there; X29 points 8 bytes below the frame.
  const baseAt = !viaFramePointer ? -depth : architecture === 'x86-64' ? -8 : -body.depths.deepest - 8;
  const from = baseAt + memory.displacement;
  if (memory.indexed) {
    // An array in the frame lies below the slot; one that begins in the slot or above would be the slot itself.
    return from >= slot && from < slot + 8 && memory.access !== 'load' ? 'an indexed access' : undefined;
  }
  if (!isInSlot(from, Math.max(1, memory.sizeBytes), slot)) return undefined;
  if (viaFramePointer) return 'an access through the frame pointer';
  if (memory.access === 'load') return 'load';
  if (memory.access === 'address') return 'its address is taken';
  if (memory.access === 'unknown') return 'it may be changed';
  return memory.register === register && from === slot ? 'save' : 'another value is stored';
}

function isInSlot(from: number, sizeBytes: number, slot: number): boolean {
  return from < slot + 8 && from + sizeBytes > slot;
}
