import type { Elf } from '../elf.ts';
import { findModuledata, readModuledataSection } from './moduledata.ts';
import type { Pclntab } from './parse-pclntab.ts';

/** The address that function entries count from (Go ≥ 1.18), and where that was learnt. */
export interface GoTextBase {
  readonly address: number;
  readonly how: 'header' | 'header relocation' | 'moduledata';
}

/**
 * The start of `.text` is never taken for it: with external linking C code comes first.
 * Go 1.18 to 1.25 write it in the table's header, as a relocation only if lld linked it; from 1.26 on the header
 * has 0 (its relocation kept the table from being read-only), and the runtime takes it from its moduledata.
 */
export function findTextBase(elf: Elf, table: Pclntab): GoTextBase | undefined {
  if (table.headerTextStart !== 0) return { address: table.headerTextStart, how: 'header' };
  const recorded = readModuledataSection(elf, table);
  if (recorded !== undefined) return { address: recorded.textAddress, how: 'moduledata' };
  const relocated = elf.pointerAt(table.address + 24);
  if (relocated) return { address: relocated, how: 'header relocation' };
  const found = findModuledata(elf, table);
  return found && { address: found.textAddress, how: 'moduledata' };
}
