import type { Check } from '../../plan/probe-plan.ts';
import type { Attempt } from './attempt.ts';
import { checkRegisterConvention } from './convention-check.ts';
import { findEntry } from './entry.ts';
import { checkBoundaries, checkControlFlow, checkStackCheck } from './function-checks.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { checkReturns, findReturns } from './returns.ts';
import { siteAt } from './site.ts';
import { planAtStackCheck } from './stack-check-site.ts';

/** The start of `(*Conn).writeRecordLocked`, where the plaintext and its length are arguments. */
export function planWrite(program: GoProgram, code: GoCode, strategy: string): Attempt {
  switch (strategy) {
    case 'push-after-check':
      return planAfterCheck(program, code);
    case 'entry':
      return planWriteEntry(program, code);
    default:
      return planAtStackCheck(program, code, { role: 'write', kind: 'go-write', flags: [] });
  }
}

/** The `push rbp` that follows the stack check since Go 1.21: executed once a call, and emulated. */
function planAfterCheck(program: GoProgram, code: GoCode): Attempt {
  const strategy = 'push-after-check';
  const { stackCheck, listing } = code;
  const next = stackCheck.found ? listing.after(stackCheck.jump) : undefined;
  const isPush = next !== undefined && next.lengthBytes === 1 && code.bytes[next.offset] === 0x55;
  const jumpedTo =
    next !== undefined &&
    listing.instructions.some(
      ({ flow, target }) => (flow === 'jump' || flow === 'branch') && target === next.offset,
    );
  const checks: Check[] = [
    ...checkBoundaries(code),
    checkControlFlow(code),
    checkStackCheck(code),
    {
      name: 'push after the check',
      passed: program.elf.architecture === 'x86-64' && isPush && !jumpedTo,
      detail: !isPush
        ? 'no push rbp after the stack check'
        : jumpedTo
          ? `a jump leads to +${next.offset}`
          : `push rbp at +${next.offset}`,
    },
  ];
  if (next === undefined) return { role: 'write', strategy, checks, sites: [] };
  const site = siteAt(program.elf.architecture, code, next, {
    role: 'write',
    mnemonic: 'push',
    kind: 'go-write',
    strategy,
    checks,
    note: 'after the stack check: once a call',
  });
  return { role: 'write', strategy, checks, sites: [site] };
}

/**
 * The first instruction. A call that starts over is seen there twice; what tells the second hit from another call is
 * that no return came between, so the returns are probed as well.
 */
function planWriteEntry(program: GoProgram, code: GoCode): Attempt {
  const strategy = 'entry';
  const { architecture } = program.elf;
  const entry = findEntry(code);
  const restarts = code.stackCheck.found || code.stackCheck.callsMorestack;
  const returns = restarts ? findReturns(code) : [];
  const checks: Check[] = [
    ...checkBoundaries(code),
    ...(restarts ? [checkRegisterConvention(program), checkReturns(returns)] : []),
  ];
  if (entry === undefined) return { role: 'write', strategy, checks, sites: [] };
  const enter = siteAt(architecture, code, entry, {
    role: 'write',
    mnemonic: 'entry',
    kind: 'go-write',
    flags: restarts ? ['at-entry'] : [],
    strategy,
    checks,
    note: restarts ? 'a restart hits twice: the second hit is dropped' : 'never restarts',
  });
  const leave = returns.map((instruction) =>
    siteAt(architecture, code, instruction, {
      role: 'write',
      mnemonic: 'ret',
      kind: 'go-write-return',
      strategy,
      checks,
      note: 'tells a restart from another call',
    }),
  );
  return { role: 'write', strategy, checks, sites: [enter, ...leave] };
}
