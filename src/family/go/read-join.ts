import type { Check } from '../../plan/probe-plan.ts';
import type { Attempt } from './attempt.ts';
import { checkRegisterConvention } from './convention-check.ts';
import { findEntry } from './entry.ts';
import { checkBoundaries, checkControlFlow, checkStackCheck } from './function-checks.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { checkReturns, findReturns } from './returns.ts';
import { restartNote, siteAt, stackCheckMnemonic } from './site.ts';

/**
 * The start of `(*Conn).Read`, where its arguments are in registers, and every return, joined by the goroutine. At the
 * stack check's jump a call is seen once; at the entry it may be seen twice, and the later one counts.
 */
export function planReadJoin(
  program: GoProgram,
  code: GoCode,
  strategy: 'jump-ret-join' | 'entry-ret-join',
): Attempt {
  const { architecture } = program.elf;
  const returns = findReturns(code);
  const atJump = strategy === 'jump-ret-join';
  const checks: Check[] = [
    ...checkBoundaries(code),
    ...(atJump ? [checkControlFlow(code), checkStackCheck(code)] : []),
    checkRegisterConvention(program),
    checkReturns(returns),
  ];
  const jump = code.stackCheck.found ? code.stackCheck.jump : undefined;
  const start = atJump ? jump : findEntry(code);
  if (start === undefined) return { role: 'read', strategy, checks, sites: [] };
  const common = { role: 'read', strategy, checks } as const;
  const enter = siteAt(architecture, code, start, {
    ...common,
    mnemonic: atJump ? stackCheckMnemonic(architecture) : 'entry',
    kind: 'go-read-enter',
    flags: atJump ? ['at-stack-check'] : [],
    note: atJump ? restartNote(architecture) : 'arguments, kept until the same goroutine returns',
  });
  const sites = returns.map((instruction) =>
    siteAt(architecture, code, instruction, {
      ...common,
      mnemonic: 'ret',
      kind: 'go-read-return-join',
      note: 'joined with the start by the goroutine',
    }),
  );
  return { role: 'read', strategy, checks, sites: [enter, ...sites] };
}
