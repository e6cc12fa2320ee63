import type { Instruction } from '../../binary/code/instruction.ts';
import type { GoCode } from './go-code.ts';

/** A function's first instruction. */
export function findEntry(code: GoCode): Instruction | undefined {
  return code.listing.at(0);
}
