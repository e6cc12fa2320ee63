import type { GoTable } from './go-table.ts';

export interface GoFunction {
  readonly name: string;
  readonly address: number;
  /** Where the next function begins: padding after the code is included. */
  readonly endAddress: number;
  readonly fileOffset: number;
  readonly sizeBytes: number;
}

export interface GoFunctionNames {
  /** Full names, e.g. `runtime.memmove`. */
  readonly exact?: readonly string[];
  /** Ends of names, e.g. `.(*Conn).Read`. */
  readonly suffixes?: readonly string[];
}

/**
 * Every function with one of these names, in address order. A name may occur more than once (ABI wrappers).
 * Functions whose code is not in an executable segment of the file are left out.
 */
export function findGoFunctions(table: GoTable, names: GoFunctionNames): readonly GoFunction[] {
  throw new Error(`not written yet: ${table.layout} ${names.exact?.length}`);
}
