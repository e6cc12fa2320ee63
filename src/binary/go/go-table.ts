import type { Elf } from '../elf.ts';
import type { Pclntab } from './parse-pclntab.ts';
import { findPclntab } from './pclntab.ts';
import { findTextBase, type GoTextBase } from './text-base.ts';

/** Go's function table, found and checked; `findGoFunctions` reads it. */
export interface GoTable {
  readonly elf: Elf;
  readonly pclntab: Pclntab;
  /** What function entries count from; null up to Go 1.17, where they are addresses. */
  readonly textBase: GoTextBase | null;
}

export interface GoTableProblem {
  /** `no-table`: nothing that looks like one. `no-text-base`: what its entries count from is not to be found. */
  readonly code: 'no-table' | 'no-text-base';
  readonly detail: string;
}

export type GoTableResult =
  | { readonly ok: true; readonly table: GoTable }
  | { readonly ok: false; readonly problem: GoTableProblem };

export function findGoTable(elf: Elf): GoTableResult {
  const pclntab = findPclntab(elf);
  if (pclntab === undefined) {
    return refuse('no-table', 'no Go line table in a section of its own or anywhere in its segments');
  }
  if (pclntab.layout === '1.2' || pclntab.layout === '1.16') {
    return { ok: true, table: { elf, pclntab, textBase: null } };
  }
  const textBase = findTextBase(elf, pclntab);
  if (textBase === undefined) {
    return refuse(
      'no-text-base',
      `its Go line table (${pclntab.how}) counts from an address that neither the table nor the module data tells`,
    );
  }
  return { ok: true, table: { elf, pclntab, textBase } };
}

function refuse(code: GoTableProblem['code'], detail: string): GoTableResult {
  return { ok: false, problem: { code, detail } };
}
