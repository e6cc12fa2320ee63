import type { ByteSource } from '../../../src/binary/byte-source.ts';
import type { Instruction } from '../../../src/binary/code/instruction.ts';
import { listCode, type Listing } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';
import { parseElf } from '../../../src/binary/elf.ts';
import { findGoFunctions, type GoFunction } from '../../../src/binary/go/functions.ts';
import { findGoTable } from '../../../src/binary/go/go-table.ts';

/** A Go program whose functions can be changed, in copies. */
export interface PatchableProgram {
  readonly source: ByteSource;
  function(name: string): PatchableFunction;
}

export interface PatchableFunction {
  readonly function: GoFunction;
  readonly bytes: Buffer;
  readonly listing: Listing;
  hex(instruction: Instruction): string;
  /** The only or first instruction that fits. */
  find(fits: (instruction: Instruction, hex: string) => boolean): Instruction;
  /** The program with the instruction's bytes replaced, from its start on; as many as `hex` has. */
  replace(changes: readonly { readonly at: Instruction; readonly hex: string }[]): ByteSource;
}

export function openPatchable(source: ByteSource): PatchableProgram {
  const parsed = parseElf(source);
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  const { elf } = parsed;
  const found = findGoTable(elf);
  if (!found.ok) throw new Error(found.problem.detail);
  return {
    source,
    function: (name) => {
      const [first] = findGoFunctions(found.table, { exact: [name] });
      if (first === undefined) throw new Error(`there is no ${name}`);
      const bytes = source.read(first.fileOffset, first.sizeBytes);
      return openFunction(source, first, bytes, listCode(bytes, machines[elf.architecture].decode));
    },
  };
}

function openFunction(
  source: ByteSource,
  located: GoFunction,
  bytes: Buffer,
  listing: Listing,
): PatchableFunction {
  const hexOf = ({ offset, lengthBytes }: Instruction): string =>
    bytes.toString('hex', offset, offset + lengthBytes);
  return {
    function: located,
    bytes,
    listing,
    hex: hexOf,
    find: (fits) => {
      const instruction = listing.instructions.find((candidate) => fits(candidate, hexOf(candidate)));
      if (instruction === undefined) throw new Error(`${located.name} has no such instruction`);
      return instruction;
    },
    replace: (changes) =>
      patchSource(
        source,
        changes.map(({ at, hex }) => ({ offset: located.fileOffset + at.offset, hex })),
      ),
  };
}

/** The same bytes with some of them replaced. */
export function patchSource(
  source: ByteSource,
  patches: readonly { readonly offset: number; readonly hex: string }[],
): ByteSource {
  const applied = patches.map(({ offset, hex }) => ({ offset, bytes: Buffer.from(hex, 'hex') }));
  return {
    sizeBytes: source.sizeBytes,
    read: (offset, length) => {
      const original = source.read(offset, length);
      const touching = applied.filter(
        (patch) => patch.offset < offset + original.length && patch.offset + patch.bytes.length > offset,
      );
      if (touching.length === 0) return original;
      const changed = Buffer.from(original);
      for (const patch of touching) {
        for (const [index, byte] of patch.bytes.entries()) {
          const at = patch.offset + index - offset;
          if (at >= 0 && at < changed.length) changed[at] = byte;
        }
      }
      return changed;
    },
  };
}
