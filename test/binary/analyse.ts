import type { ByteSource } from '../../src/binary/byte-source.ts';
import { parseElf } from '../../src/binary/elf.ts';
import { findGoBuildInfo } from '../../src/binary/go/build-info.ts';
import { findGoFunctions } from '../../src/binary/go/functions.ts';
import { findGoTable } from '../../src/binary/go/go-table.ts';
import { recognizeBinary } from '../../src/binary/recognize.ts';

/** Everything that is ever asked about a file; gives the last thing that was learnt. */
export function analyse(source: ByteSource): { readonly outcome: string; readonly functionCount: number } {
  const parsed = parseElf(source);
  if (!parsed.ok) return { outcome: parsed.problem.code, functionCount: 0 };
  const { elf } = parsed;
  const buildInfo = findGoBuildInfo(elf);
  const recognized = recognizeBinary(elf);
  const table = findGoTable(elf);
  if (!table.ok)
    return { outcome: `${table.problem.code} ${recognized.kind} ${buildInfo?.version}`, functionCount: 0 };
  const functions = findGoFunctions(table.table, {
    exact: ['runtime.memmove', 'main.main'],
    suffixes: ['.(*Conn).Read', '.(*Conn).Write'],
  });
  return { outcome: 'table', functionCount: functions.length };
}
