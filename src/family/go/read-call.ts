import type { Instruction } from '../../binary/code/instruction.ts';
import { reaches } from '../../binary/code/reaches.ts';
import type { Check } from '../../plan/probe-plan.ts';
import { findArgumentSlot, slotOffset } from './argument-slot.ts';
import type { Attempt } from './attempt.ts';
import { checkFrame, findBody, type Body } from './body.ts';
import { checkBoundaries, checkControlFlow, checkStackCheck } from './function-checks.ts';
import { memmoveNames, readerName, slicecopyName, tlsFunctions } from './function-names.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { passesWholeSlices } from './slicecopy-form.ts';
import { siteAt } from './site.ts';

/**
 * The one call in `(*Conn).Read` that moves the plaintext to the caller: it is executed exactly when Read returns data,
 * and its arguments say where the data is and how much.
 */
export function planReadCall(
  program: GoProgram,
  code: GoCode,
  tlsPackage: string,
  strategies: readonly string[],
): Attempt {
  const calls = findMovingCalls(program, code, tlsPackage);
  const kinds = new Set(calls.map(({ strategy }) => strategy));
  const only = calls.length === 1 ? calls[0] : undefined;
  const chosen = only !== undefined && strategies.includes(only.strategy) ? only : undefined;
  const strategy = chosen?.strategy ?? strategies[0] ?? 'call-memmove';
  const body = findBody(program, code);
  const checks: Check[] = [
    ...checkBoundaries(code),
    checkControlFlow(code),
    checkStackCheck(code),
    ...(body === undefined ? [] : [checkFrame(body)]),
    {
      name: 'one moving call',
      passed: chosen !== undefined,
      detail: describeCalls(calls, kinds, chosen !== undefined),
    },
  ];
  if (chosen === undefined || body === undefined) return { role: 'read', strategy, checks, sites: [] };
  checks.push(...checkReceiver(program, body, chosen.instruction));

  const depth = body.depths.before(chosen.instruction);
  if (depth === undefined)
    checks.push({ name: 'reachable', passed: false, detail: 'no path leads to the call' });
  const flags =
    strategy === 'call-slicecopy' && passesWholeSlices(program, code, chosen.instruction)
      ? ['whole-slices']
      : [];
  const site = siteAt(program.elf.architecture, code, chosen.instruction, {
    role: 'read',
    mnemonic: program.elf.architecture === 'x86-64' ? 'call' : 'bl',
    kind: chosen.kind,
    flags,
    receiverOffset: (depth ?? 0) + slotOffset(0),
    strategy,
    checks,
    note: `${chosen.callee}, only one, receiver at SP+${(depth ?? 0) + slotOffset(0)}`,
  });
  return { role: 'read', strategy, checks, sites: [site] };
}

interface MovingCall {
  readonly instruction: Instruction;
  readonly callee: string;
  readonly strategy: string;
  readonly kind: string;
}

function findMovingCalls(program: GoProgram, code: GoCode, tlsPackage: string): readonly MovingCall[] {
  const calls: MovingCall[] = [];
  for (const instruction of code.listing.instructions) {
    if (instruction.flow !== 'call' || instruction.target === undefined) continue;
    const callee = program.functions.nameAt(code.function.address + instruction.target);
    const shape = callee === undefined ? undefined : movingShape(callee, tlsPackage);
    if (callee !== undefined && shape !== undefined) calls.push({ instruction, callee, ...shape });
  }
  return calls;
}

function movingShape(
  callee: string,
  tlsPackage: string,
): { readonly strategy: string; readonly kind: string } | undefined {
  if (memmoveNames.includes(callee)) return { strategy: 'call-memmove', kind: 'go-read-memmove' };
  if (callee === readerName || callee === tlsPackage + tlsFunctions.blockRead)
    return { strategy: 'call-reader', kind: 'go-read-reader' };
  return callee === slicecopyName ? { strategy: 'call-slicecopy', kind: 'go-read-slicecopy' } : undefined;
}

function describeCalls(calls: readonly MovingCall[], kinds: ReadonlySet<string>, chosen: boolean): string {
  const [first] = calls;
  if (first === undefined) return 'no direct call of a function that moves bytes';
  const where = calls
    .slice(0, 4)
    .map(({ callee, instruction }) => `${callee} at +${instruction.offset}`)
    .join(', ');
  if (chosen) return where;
  return calls.length === 1
    ? `${where}, which was not asked for`
    : `${kinds.size} kinds, ${calls.length} calls: ${where}`;
}

/**
 * Rules for taking the receiver from its slot at the call: with arguments in registers it is saved there once, on every
 * path; nothing else is ever stored; and it is still needed afterwards, so that the runtime keeps it right when it moves
 * the stack.
 */
function checkReceiver(program: GoProgram, body: Body, call: Instruction): readonly Check[] {
  const slot = findArgumentSlot(program.elf.architecture, body, 0);
  const inRegister = program.convention === 'register';
  const saves = new Set(slot.saves);
  const loads = new Set(slot.loads);
  const expectedSaves = inRegister ? 1 : 0;
  const isSave = (instruction: Instruction): boolean => saves.has(instruction);
  const skipped = inRegister && reaches(body.flow, body.start, (i) => i === call, isSave);
  const next = body.flow(call)[0];
  const live = next !== undefined && reaches(body.flow, next, (i) => loads.has(i), isSave);
  const offsets = slot.saves
    .slice(0, 4)
    .map(({ offset }) => `+${offset}`)
    .join(', ');
  return [
    {
      name: 'receiver saved',
      passed: slot.saves.length === expectedSaves && !skipped,
      detail: !inRegister
        ? offsets === ''
          ? 'the argument itself'
          : `overwritten at ${offsets}`
        : slot.saves.length !== 1
          ? `saved ${slot.saves.length} times${offsets === '' ? '' : `: ${offsets}`}`
          : skipped
            ? `a path to the call avoids the save at ${offsets}`
            : `at ${offsets}, on every path`,
    },
    {
      name: 'receiver unchanged',
      passed: slot.problems.length === 0,
      detail: slot.problems[0] ?? 'nothing else is stored, its address is not taken',
    },
    {
      name: 'receiver live',
      passed: live,
      detail: live ? 'loaded again after the call' : 'not loaded again after the call',
    },
  ];
}
