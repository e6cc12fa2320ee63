import type { ControlFlow } from './control-flow.ts';
import type { Instruction } from './instruction.ts';

/** How far the stack pointer is below its value at the function's entry, before each instruction. */
export interface StackDepths {
  /** In bytes; undefined where no path leads or the depth is not known. */
  before(instruction: Instruction): number | undefined;
  readonly deepest: number;
  /** What contradicts a stack pointer that is known everywhere, in words with offsets. */
  readonly problems: readonly string[];
}

/**
 * Follows every path from `start`, where the stack pointer is as at entry. Instructions of `others` that no path
 * reaches (a runtime may enter a function in its middle) are taken to be as deep as the deepest place found before.
 */
export function stackDepths(
  flow: ControlFlow,
  start: Instruction,
  others: readonly Instruction[],
): StackDepths {
  const states = new Map<number, State>();
  const problems: string[] = [];
  follow(flow, start, { depth: 0, copy: undefined }, states, problems);
  let deepest = 0;
  for (const state of states.values()) deepest = Math.max(deepest, state.depth);
  for (const instruction of others) {
    if (!states.has(instruction.offset))
      follow(flow, instruction, { depth: deepest, copy: undefined }, states, problems);
  }
  return { before: (instruction) => states.get(instruction.offset)?.depth, deepest, problems };
}

interface State {
  readonly depth: number;
  /** A register that holds an address in the frame, and how deep that is: large frames are made through one. */
  readonly copy: { readonly register: number; readonly depth: number } | undefined;
}

function follow(
  flow: ControlFlow,
  start: Instruction,
  startState: State,
  states: Map<number, State>,
  problems: string[],
): void {
  const pending: { readonly instruction: Instruction; readonly state: State }[] = [
    { instruction: start, state: startState },
  ];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { instruction, state } = item;
    const known = states.get(instruction.offset);
    if (known !== undefined) {
      if (known.depth !== state.depth)
        problems.push(`paths meet at +${instruction.offset} with depths ${known.depth} and ${state.depth}`);
      continue;
    }
    states.set(instruction.offset, state);
    if (instruction.flow === 'return' && state.depth !== 0)
      problems.push(`return at +${instruction.offset} with depth ${state.depth}`);
    const after = stateAfter(instruction, state);
    if (after === undefined) {
      problems.push(`the stack pointer is set in an unknown way at +${instruction.offset}`);
      continue;
    }
    if (after.depth < 0) {
      problems.push(`the stack pointer is above its start after +${instruction.offset}`);
      continue;
    }
    for (const successor of flow(instruction)) pending.push({ instruction: successor, state: after });
  }
}

function stateAfter(instruction: Instruction, state: State): State | undefined {
  const { copiesStackPointer, stackPointerFrom, stackDeltaBytes } = instruction;
  if (stackPointerFrom !== undefined) {
    if (state.copy?.register !== stackPointerFrom) return undefined;
    return { depth: state.copy.depth, copy: undefined };
  }
  if (stackDeltaBytes === undefined) return undefined;
  const depth = state.depth - stackDeltaBytes;
  if (copiesStackPointer !== undefined) {
    const { register, deltaBytes } = copiesStackPointer;
    return { depth, copy: { register, depth: state.depth - deltaBytes } };
  }
  // A plain store changes no register; whatever else comes between ends the copy's life for us.
  const keeps =
    instruction.flow === 'next' && instruction.memory?.access === 'store' && stackDeltaBytes === 0;
  return { depth, copy: keeps ? state.copy : undefined };
}
