import type { Check } from '../../plan/probe-plan.ts';
import { findArgumentSlot, slotOffset } from './argument-slot.ts';
import type { Attempt } from './attempt.ts';
import { checkFrame, findBody, type Body } from './body.ts';
import { checkBoundaries, checkControlFlow, checkStackCheck } from './function-checks.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { findReturns, checkReturns } from './returns.ts';
import { siteAt } from './site.ts';

const strategy = 'ret-spill';

/**
 * Every return of `(*Conn).Read`, where the slots of the receiver and of the buffer still hold what was passed: SP+8 and
 * SP+16, as at entry.
 */
export function planReadReturn(program: GoProgram, code: GoCode): Attempt {
  const body = findBody(program, code);
  const returns = findReturns(code);
  const checks: Check[] = [
    ...checkBoundaries(code),
    checkControlFlow(code),
    checkStackCheck(code),
    ...(body === undefined ? [] : [checkFrame(body)]),
    checkReturns(returns),
    ...(body === undefined ? [] : [checkSlot(program, body, 0), checkSlot(program, body, 1)]),
  ];
  const sites = returns.map((instruction) =>
    siteAt(program.elf.architecture, code, instruction, {
      role: 'read',
      mnemonic: 'ret',
      kind: 'go-read-return',
      receiverOffset: slotOffset(0),
      strategy,
      checks,
      note: `receiver at SP+${slotOffset(0)}, buffer at SP+${slotOffset(1)}`,
    }),
  );
  return { role: 'read', strategy, checks, sites };
}

/** An argument must be in its slot before anything can happen, and stay there. */
function checkSlot(program: GoProgram, body: Body, word: 0 | 1): Check {
  const name = word === 0 ? 'receiver slot' : 'buffer slot';
  const slot = findArgumentSlot(program.elf.architecture, body, word);
  const [problem] = slot.problems;
  if (problem !== undefined) return { name, passed: false, detail: problem };
  const [save] = slot.saves;
  if (program.convention === 'stack') {
    return save === undefined
      ? { name, passed: true, detail: 'the argument itself' }
      : { name, passed: false, detail: `overwritten at +${save.offset}` };
  }
  if (save === undefined || slot.saves.length > 1)
    return { name, passed: false, detail: `saved ${slot.saves.length} times` };
  const early = body.instructions.findIndex(({ flow }) => flow !== 'next');
  const passed = body.instructions.indexOf(save) < (early < 0 ? body.instructions.length : early);
  return {
    name,
    passed,
    detail: passed
      ? `saved at +${save.offset}`
      : `saved only after the first jump or call, at +${save.offset}`,
  };
}
