import type { Elf } from '../elf.ts';

/** Layouts of Go's function table (gopclntab), named after the first Go version that wrote them. */
export type GoTableLayout = '1.2' | '1.16' | '1.18' | '1.20';

/** Go's function table, found and checked; {@link findGoFunctions} reads it. */
export interface GoTable {
  readonly elf: Elf;
  readonly layout: GoTableLayout;
  readonly fileOffset: number;
  readonly address: number;
  /** How it was found, for display: `section .gopclntab`, `search of the segments`. */
  readonly how: string;
  readonly functionCount: number;
  /** File offsets of the names, of the table of entries and of what its record offsets count from. */
  readonly namesOffset: number;
  readonly namesEndOffset: number;
  readonly entriesOffset: number;
  readonly recordsOffset: number;
  /** What function entries count from (Go ≥ 1.18), and how that was learnt; null where entries are addresses. */
  readonly textBase: GoTextBase | null;
}

export interface GoTextBase {
  readonly address: number;
  readonly how: 'header' | 'header relocation' | 'moduledata';
}

export interface GoTableProblem {
  /** `no-table`: nothing that looks like one. `no-text-base`: a table, but what its entries count from is unknown. */
  readonly code: 'no-table' | 'no-text-base';
  readonly detail: string;
}

export type GoTableResult =
  | { readonly ok: true; readonly table: GoTable }
  | { readonly ok: false; readonly problem: GoTableProblem };

export function findGoTable(elf: Elf): GoTableResult {
  throw new Error(`not written yet: ${elf.kind}`);
}
