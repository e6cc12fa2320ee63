import type { ControlFlow } from './control-flow.ts';
import type { Instruction } from './instruction.ts';

/**
 * Whether a path from `start` comes to an instruction that is a `goal` before it has executed a `barrier`.
 * An instruction that is both counts as a goal.
 */
export function reaches(
  flow: ControlFlow,
  start: Instruction,
  goal: (instruction: Instruction) => boolean,
  barrier: (instruction: Instruction) => boolean,
): boolean {
  const seen = new Set<number>();
  const pending = [start];
  for (let instruction = pending.pop(); instruction !== undefined; instruction = pending.pop()) {
    if (seen.has(instruction.offset)) continue;
    seen.add(instruction.offset);
    if (goal(instruction)) return true;
    if (!barrier(instruction)) pending.push(...flow(instruction));
  }
  return false;
}
