import type { Elf } from '../../binary/elf.ts';
import type { GoTable } from '../../binary/go/go-table.ts';
import type { FunctionIndex } from './function-index.ts';
import type { Convention } from './stack-check.ts';

/** A Go program as far as planning needs it. */
export interface GoProgram {
  readonly elf: Elf;
  readonly table: GoTable;
  readonly functions: FunctionIndex;
  readonly convention: Convention;
}
