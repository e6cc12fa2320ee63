import { searchSegments } from '../elf/search.ts';
import type { Elf } from '../elf.ts';
import type { Pclntab } from './parse-pclntab.ts';

/** The part of Go's `runtime.moduledata` (runtime/symtab.go) that is needed here. */
export interface Moduledata {
  readonly address: number;
  /** `section .go.module`, `search of the segments`, `relocations`. */
  readonly how: string;
  /** Where Go's own code begins and ends; C code of the same program may lie before and after. */
  readonly textAddress: number;
  readonly endTextAddress: number;
}

/** From Go 1.26 on it has a section of its own. */
export function readModuledataSection(elf: Elf, table: Pclntab): Moduledata | undefined {
  const section = elf.section('.go.module');
  return section && parseModuledata(elf, table, section.address, 'section .go.module');
}

/**
 * The record that begins with the address of `table`: the one place in the data that points to the table and, from
 * Go 1.16 on, to its names.
 */
export function findModuledata(elf: Elf, table: Pclntab): Moduledata | undefined {
  return readModuledataSection(elf, table) ?? findBySearch(elf, table) ?? findByRelocation(elf, table);
}

/** Each candidate costs a few reads; real files have one or two. */
const maximumCandidates = 4096;

function findBySearch(elf: Elf, table: Pclntab): Moduledata | undefined {
  const pointer = Buffer.alloc(8);
  pointer.writeBigUInt64LE(BigInt(table.address));
  let candidates = 0;
  for (const offset of searchSegments(elf, pointer, (segment) => segment.writable)) {
    if (++candidates > maximumCandidates) return undefined;
    const address = elf.address(offset);
    if (address === undefined || address % 8 !== 0) continue;
    const found = parseModuledata(elf, table, address, 'search of the segments');
    if (found !== undefined) return found;
  }
  return undefined;
}

/** lld leaves zeros in the slots of a position-independent program: only the relocations hold the pointers. */
function findByRelocation(elf: Elf, table: Pclntab): Moduledata | undefined {
  for (const address of elf.relocations().slotsHolding(table.address)) {
    const found = parseModuledata(elf, table, address, 'relocations');
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * | word | up to 1.15 | from 1.16 |
 * |---|---|---|
 * | 0 | table: pointer, length, capacity | address of the table |
 * | 1 | | names: pointer, length, capacity |
 * | minpc, maxpc, text, etext | 10, 11, 12, 13 | 20, 21, 22, 23 |
 */
function parseModuledata(elf: Elf, table: Pclntab, address: number, how: string): Moduledata | undefined {
  const word = (index: number): number => elf.pointerAt(address + index * 8) ?? 0;
  if (word(0) !== table.address) return undefined;
  const single = table.layout === '1.2';
  const namesAddress = table.address + (table.namesOffset - table.fileOffset);
  if (single ? word(1) === 0 || word(1) !== word(2) : word(1) !== namesAddress) return undefined;
  const text = single ? 12 : 22;
  const textAddress = word(text);
  const endTextAddress = word(text + 1);
  const lowestFunction = word(text - 2);
  const inOrder = textAddress > 0 && textAddress <= lowestFunction && lowestFunction < endTextAddress;
  return inOrder ? { address, how, textAddress, endTextAddress } : undefined;
}
