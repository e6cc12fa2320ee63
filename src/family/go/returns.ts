import type { Instruction } from '../../binary/code/instruction.ts';
import type { Check } from '../../plan/probe-plan.ts';
import type { GoCode } from './go-code.ts';

/** Every return instruction of a function; more than {@link mostReturns} only as far as to see that. */
export function findReturns(code: GoCode): readonly Instruction[] {
  return code.listing.instructions.filter(({ flow }) => flow === 'return').slice(0, mostReturns + 1);
}

/** Each is a probe. `(*Conn).Read` has seven or eight. */
const mostReturns = 100;

/** Name of the check that a function returns at all. */
export const returnsCheck = 'returns';

export function checkReturns(returns: readonly Instruction[]): Check {
  const count = returns.length;
  if (count > mostReturns)
    return { name: 'few returns', passed: false, detail: `more than ${mostReturns} return instructions` };
  const detail = count === 0 ? 'no return instruction' : `${count} return instructions`;
  return { name: returnsCheck, passed: count > 0, detail };
}
