import type { Refusal } from '../../plan/probe-plan.ts';
import type { Attempt } from './attempt.ts';
import { returnsCheck } from './returns.ts';

/** A program in which functions without which nothing can be shown are missing. */
export function refuseMissingFunctions(names: readonly string[]): Refusal {
  return {
    code: 'function-missing',
    message: `it has no ${names.join(' and no ')}`,
    reason:
      'what is captured is taken in these functions; the linker left them out, or they have other names',
    remedy: 'give a program that uses crypto/tls connections, as its linker wrote it',
  };
}

/** A program whose functions do not pass the checks of any strategy. `attempts` are those of one role. */
export function refuseAttempts(functionName: string, attempts: readonly Attempt[]): Refusal {
  const failures = attempts.map(describeFailure);
  const remedy = 'nothing was attached; please report this program, with this message';
  const onlyReturnMissing = attempts.some(({ checks }) => {
    const failed = checks.filter(({ passed }) => !passed);
    return failed.length === 1 && failed[0]?.name === returnsCheck;
  });
  if (onlyReturnMissing) {
    return {
      code: 'no-return-instruction',
      message: `${functionName} has no return instruction, and no other place to probe`,
      reason: failures.join('; '),
      remedy,
    };
  }
  return {
    code: 'site-refused',
    message: `no place in ${functionName} is safe to probe`,
    reason: failures.join('; '),
    remedy,
  };
}

/** `call-memmove: receiver live (not loaded again after the call)`. */
export function describeFailure(attempt: Attempt): string {
  const failed = attempt.checks.filter(({ passed }) => !passed);
  const reasons = failed.map(({ name, detail }) => `${name} (${detail})`);
  return `${attempt.strategy}: ${reasons.length > 0 ? reasons.join(', ') : 'no instruction to probe'}`;
}
