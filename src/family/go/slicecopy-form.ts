import type { Instruction } from '../../binary/code/instruction.ts';
import { machines } from '../../binary/code/machine.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';

/**
 * Whether `runtime.slicecopy` is handed two whole slices and a width (Go up to 1.14) instead of pointers and lengths.
 * Seen in the arguments on the stack: 0 to 55 are stored in the older form, 0 to 39 in the later one, whose byte 40 is
 * the result.
 */
export function passesWholeSlices(program: GoProgram, code: GoCode, call: Instruction): boolean {
  if (program.convention === 'register') return false;
  const { stackPointer } = machines[program.elf.architecture];
  // arm64 keeps the caller's link register below the arguments.
  const resultAt = 40 + (program.elf.architecture === 'arm64' ? 8 : 0);
  const { instructions } = code.listing;
  for (let index = instructions.indexOf(call) - 1; index >= 0; index--) {
    const instruction = instructions[index];
    if (instruction === undefined || instruction.flow === 'call' || instruction.flow === 'indirect-call')
      break;
    const memory = instruction.memory;
    if (memory === undefined || memory.base !== stackPointer || memory.access !== 'store') continue;
    if (memory.displacement <= resultAt && memory.displacement + memory.sizeBytes > resultAt) return true;
  }
  return false;
}
