import type { Check } from '../../plan/probe-plan.ts';
import type { GoProgram } from './go-program.ts';

/** Joining two probes needs the goroutine at both, which is in a register only together with the arguments. */
export function checkRegisterConvention(program: GoProgram): Check {
  const passed = program.convention === 'register';
  return {
    name: 'goroutine in a register',
    passed,
    detail: passed ? 'register ABI' : 'stack ABI: the goroutine is not in a register at a return',
  };
}
