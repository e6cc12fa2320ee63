import { listCode, type Listing } from '../../binary/code/listing.ts';
import { machines } from '../../binary/code/machine.ts';
import type { Elf } from '../../binary/elf.ts';
import type { GoFunction } from '../../binary/go/functions.ts';
import type { FunctionIndex } from './function-index.ts';
import { findStackCheck, type StackCheck } from './stack-check.ts';

/** One function, read and decoded. */
export interface GoCode {
  readonly function: GoFunction;
  /** How many functions have this name. */
  readonly occurrences: number;
  readonly bytes: Buffer;
  readonly listing: Listing;
  readonly stackCheck: StackCheck;
}

/** Those of crypto/tls have a few kilobytes, whatever the compiler was told. */
const longestFunctionBytes = 128 * 1024;

/** Decodes the (first) function called `name`; undefined when there is none. */
export function findGoCode(elf: Elf, functions: FunctionIndex, name: string): GoCode | undefined {
  const found = functions.named(name);
  const first = found[0];
  if (first === undefined) return undefined;
  const bytes = elf.source.read(first.fileOffset, Math.min(first.sizeBytes, longestFunctionBytes));
  const listing = listCode(bytes, machines[elf.architecture].decode);
  const callee = (offset: number): string | undefined => functions.nameAt(first.address + offset);
  const stackCheck = findStackCheck(elf.architecture, bytes, listing, callee);
  return { function: first, occurrences: found.length, bytes, listing, stackCheck };
}
