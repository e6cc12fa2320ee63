import type { Instruction } from '../../binary/code/instruction.ts';
import type { Check } from '../../plan/probe-plan.ts';
import type { GoCode } from './go-code.ts';

/** Every return instruction of a function. */
export function findReturns(code: GoCode): readonly Instruction[] {
  return code.listing.instructions.filter(({ flow }) => flow === 'return');
}

/** Name of the check that a function returns at all. */
export const returnsCheck = 'returns';

export function checkReturns(returns: readonly Instruction[]): Check {
  return {
    name: returnsCheck,
    passed: returns.length > 0,
    detail: returns.length > 0 ? `${returns.length} return instructions` : 'no return instruction',
  };
}
