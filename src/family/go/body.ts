import { controlFlow, type ControlFlow } from '../../binary/code/control-flow.ts';
import type { Instruction } from '../../binary/code/instruction.ts';
import { stackDepths, type StackDepths } from '../../binary/code/stack-depth.ts';
import type { Check } from '../../plan/probe-plan.ts';
import { noReturnNames } from './function-names.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';

/** A function's code behind its stack check, with the stack pointer known at every instruction. */
export interface Body {
  readonly start: Instruction;
  readonly flow: ControlFlow;
  readonly depths: StackDepths;
  /** Everything but the stack check, the code that starts over, and padding. */
  readonly instructions: readonly Instruction[];
}

/** Follows the code behind the stack check; undefined without one. */
export function findBody(program: GoProgram, code: GoCode): Body | undefined {
  const { listing, stackCheck } = code;
  if (!stackCheck.found) return undefined;
  const start = listing.after(stackCheck.jump);
  if (start === undefined) return undefined;
  const { restart } = stackCheck;
  const isRestart = (offset: number): boolean => offset >= restart.start && offset < restart.end;
  const neverReturns = (instruction: Instruction): boolean =>
    instruction.flow === 'call' &&
    instruction.target !== undefined &&
    noReturnNames.includes(program.functions.nameAt(code.function.address + instruction.target) ?? '');

  // The code that starts over runs with the stack as at entry; nothing but the stack check leads there, although
  // it may stand right behind a call that never returns.
  const whole = controlFlow(listing, neverReturns);
  const flow: ControlFlow = (instruction) =>
    whole(instruction).filter((successor) => !isRestart(successor.offset));
  const instructions = listing.instructions.filter(
    ({ offset, flow: kind }) => offset >= start.offset && !isRestart(offset) && kind !== 'trap',
  );
  return { start, flow, depths: stackDepths(flow, start, instructions), instructions };
}

/** Whether the stack pointer is known at every instruction, and back where it was at every return. */
export function checkFrame(body: Body): Check {
  const { problems, deepest } = body.depths;
  const passed = problems.length === 0 && deepest > 0;
  return {
    name: 'frame',
    passed,
    detail: passed ? `${deepest} bytes` : (problems[0] ?? 'the function makes no frame'),
  };
}
