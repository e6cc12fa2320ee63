import type { Flow, Instruction } from './instruction.ts';
import type { Listing } from './listing.ts';

/** Which instructions can follow an instruction within its function. */
export type ControlFlow = (instruction: Instruction) => readonly Instruction[];

/**
 * The control flow of a listing. `ends` says where a path ends although the instruction itself would go on,
 * for instance at a call that never returns.
 */
export function controlFlow(listing: Listing, ends: (instruction: Instruction) => boolean): ControlFlow {
  return (instruction) => {
    if (ends(instruction)) return [];
    const next = goesOn[instruction.flow] ? listing.after(instruction) : undefined;
    const jumps = instruction.flow === 'branch' || instruction.flow === 'jump';
    const target = jumps && instruction.target !== undefined ? listing.at(instruction.target) : undefined;
    return [next, target].filter((successor) => successor !== undefined);
  };
}

const goesOn: Readonly<Record<Flow, boolean>> = {
  next: true,
  branch: true,
  call: true,
  'indirect-call': true,
  jump: false,
  'indirect-jump': false,
  return: false,
  trap: false,
};
