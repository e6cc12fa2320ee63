import type { Check } from '../../plan/probe-plan.ts';
import type { GoCode } from './go-code.ts';

/** Checks of a function as a whole: without them no offset in it means anything. */
export function checkBoundaries(code: GoCode): readonly Check[] {
  const { listing, occurrences } = code;
  const whole = listing.undecodableOffset === undefined && code.bytes.length === code.function.sizeBytes;
  return [
    {
      name: 'unique name',
      passed: occurrences === 1,
      detail: occurrences === 1 ? 'one function of this name' : `${occurrences} functions of this name`,
    },
    {
      name: 'decodes',
      passed: whole,
      detail: whole
        ? `${listing.instructions.length} instructions from first byte to last`
        : `no instruction at +${listing.undecodableOffset ?? code.bytes.length}`,
    },
  ];
}

/** Whether all control flow is known: no way out but returns, no jump whose target is computed or inside an instruction. */
export function checkControlFlow(code: GoCode): Check {
  const name = 'closed control flow';
  for (const instruction of code.listing.instructions) {
    if (instruction.flow === 'indirect-jump')
      return { name, passed: false, detail: `computed jump at +${instruction.offset}` };
    if (instruction.flow !== 'jump' && instruction.flow !== 'branch') continue;
    const target = instruction.target ?? -1;
    if (target < 0 || target >= code.listing.sizeBytes)
      return { name, passed: false, detail: `the jump at +${instruction.offset} leaves the function` };
    if (code.listing.at(target) === undefined)
      return { name, passed: false, detail: `the jump at +${instruction.offset} leads into an instruction` };
  }
  return { name, passed: true, detail: 'every jump leads to an instruction of the function' };
}

/** Whether the function begins with a stack check that can be probed. */
export function checkStackCheck(code: GoCode): Check {
  const { stackCheck } = code;
  return {
    name: 'stack check',
    passed: stackCheck.found,
    detail: stackCheck.found ? `${stackCheck.form} to runtime.morestack` : stackCheck.reason,
  };
}
