import type { Instruction } from '../../binary/code/instruction.ts';
import type { Listing } from '../../binary/code/listing.ts';
import { morestackNames } from './function-names.ts';
import { matchArm64Head } from './stack-check-arm64.ts';
import { matchX8664Head } from './stack-check-x86-64.ts';

/** Where arguments are: in registers (x86-64 since Go 1.17, arm64 since 1.18) or on the stack. */
export type Convention = 'register' | 'stack';

/**
 * The check of the stack's size that begins most Go functions: a comparison, then a conditional jump that is taken
 * when the stack is too small (or the goroutine is to be preempted). It leads to `runtime.morestack`, which starts the
 * function over (cmd/internal/obj/x86/obj6.go and arm64/obj7.go, `stacksplit`).
 */
export type StackCheck =
  | {
      readonly found: true;
      readonly jump: Instruction;
      readonly convention: Convention;
      /** The instructions before the jump, in words. */
      readonly form: string;
      /** Offsets of the code that calls morestack and starts over. */
      readonly restart: { readonly start: number; readonly end: number };
    }
  | { readonly found: false; readonly reason: string; readonly callsMorestack: boolean };

/** A function's instructions up to the conditional jump, recognised. */
export interface StackCheckHead {
  readonly jump: Instruction;
  readonly convention: Convention;
  readonly form: string;
}

export type HeadMatch = StackCheckHead | { readonly jump: undefined; readonly reason: string };

/** `callee` names the function at an offset from this one's start. */
export function findStackCheck(
  architecture: 'x86-64' | 'arm64',
  bytes: Buffer,
  listing: Listing,
  callee: (offset: number) => string | undefined,
): StackCheck {
  const isMorestack = (instruction: Instruction): boolean =>
    instruction.flow === 'call' &&
    instruction.target !== undefined &&
    morestackNames.includes(callee(instruction.target) ?? '');
  const refuse = (reason: string): StackCheck => ({
    found: false,
    reason,
    callsMorestack: listing.instructions.some((instruction) => isMorestack(instruction)),
  });

  const head = architecture === 'x86-64' ? matchX8664Head(bytes, listing) : matchArm64Head(bytes, listing);
  if (head.jump === undefined) return refuse(head.reason);
  const end = restartEnd(listing, head.jump, isMorestack);
  if (typeof end === 'string') return refuse(end);
  const restart = { start: head.jump.target ?? 0, end };
  const intruder = listing.instructions.find(
    (instruction) =>
      (instruction.flow === 'jump' || instruction.flow === 'branch') &&
      instruction.target !== undefined &&
      instruction.target >= 0 &&
      instruction.target <= head.jump.offset &&
      !(instruction.offset >= restart.start && instruction.offset < end),
  );
  if (intruder !== undefined) return refuse(`the jump at +${intruder.offset} leads into the stack check`);
  return { found: true, ...head, restart };
}

/** Instructions that save arguments before, and load them again after, the call of morestack. */
const longestRestart = 40;

/** Where the code behind the taken jump ends, if all it does is call morestack and start over; else why not. */
function restartEnd(
  listing: Listing,
  jump: Instruction,
  isMorestack: (instruction: Instruction) => boolean,
): number | string {
  let called = false;
  let instruction = jump.target === undefined ? undefined : listing.at(jump.target);
  for (let count = 0; count < longestRestart && instruction !== undefined; count++) {
    if (isMorestack(instruction)) called = true;
    else if (instruction.flow === 'jump' && called && instruction.target === 0)
      return instruction.offset + instruction.lengthBytes;
    else if (instruction.flow !== 'next') break;
    instruction = listing.after(instruction);
  }
  return called
    ? `the code behind the jump at +${jump.offset} does not start over`
    : `the jump at +${jump.offset} does not lead to runtime.morestack`;
}
