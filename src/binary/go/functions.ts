import { Window } from '../window.ts';
import { u64At } from '../u64.ts';
import type { GoFunctionNames } from './function-names.ts';
import type { GoTable } from './go-table.ts';
import { findGoNames, type GoNameHits } from './names.ts';

export interface GoFunction {
  readonly name: string;
  readonly address: number;
  /** Where the next function begins: padding after the code is included. */
  readonly endAddress: number;
  readonly fileOffset: number;
  readonly sizeBytes: number;
}

/**
 * Every function with one of these names, in address order, at most 65,536. A name may occur more than once (ABI
 * wrappers). A function whose code is not within one executable, file-backed segment is left out.
 */
export function findGoFunctions(table: GoTable, names: GoFunctionNames): readonly GoFunction[] {
  const hits = findGoNames(table.elf.source, table.pclntab, names);
  return hits.count === 0 ? [] : readFunctions(table, hits);
}

const chunkBytes = 1024 * 1024;
const maximumFunctions = 65_536;

/** One pass over the entries; a record lies behind the one of the entry before, so both are read forwards. */
function readFunctions(table: GoTable, hits: GoNameHits): readonly GoFunction[] {
  const { source } = table.elf;
  const { functionCount, entriesOffset, entryBytes, recordsOffset, recordsEndOffset, nameField } =
    table.pclntab;
  const half = entryBytes / 2;
  // Twice what is there: a table whose records are not in order is given up at some point.
  const records = new Window(source, chunkBytes, 2 * (recordsEndOffset - recordsOffset) + chunkBytes);
  const entries = new Window(source, chunkBytes, 2 * functionCount * entryBytes + chunkBytes);
  const functions: GoFunction[] = [];
  for (let index = 0; index < functionCount; index++) {
    const entry = entries.locate(entriesOffset + index * entryBytes, entryBytes + half);
    if (entry < 0) break;
    const recordOffset = entries.buffer.readUInt32LE(entry + half);
    const record = records.locate(recordsOffset + recordOffset, nameField + 4);
    if (record < 0) break;
    const nameOffset = records.buffer.readInt32LE(record + nameField);
    if (nameOffset < hits.lowest || nameOffset > hits.highest) continue;
    const name = hits.nameAt(nameOffset);
    if (name === undefined) continue;
    const found = locateFunction(table, name, entriesOffset + index * entryBytes);
    if (found !== undefined && functions.push(found) === maximumFunctions) break;
  }
  return functions;
}

function locateFunction(table: GoTable, name: string, entryOffset: number): GoFunction | undefined {
  const { elf, pclntab } = table;
  const address = readAddress(table, entryOffset);
  const endAddress = readAddress(table, entryOffset + pclntab.entryBytes);
  const segment = elf.segmentAt(address);
  const fileOffset = elf.fileOffset(address);
  if (segment === undefined || fileOffset === undefined || !segment.executable) return undefined;
  if (endAddress <= address || endAddress > segment.address + segment.fileSizeBytes) return undefined;
  return { name, address, endAddress, fileOffset, sizeBytes: endAddress - address };
}

function readAddress(table: GoTable, entryOffset: number): number {
  const { elf, textBase } = table;
  if (textBase !== null) {
    const bytes = elf.source.read(entryOffset, 4);
    return bytes.length < 4 ? 0 : textBase.address + bytes.readUInt32LE(0);
  }
  const bytes = elf.source.read(entryOffset, 8);
  const inPlace = bytes.length < 8 ? 0 : u64At(bytes, 0);
  const slot = elf.address(entryOffset);
  return inPlace === 0 && slot !== undefined ? (elf.pointerAt(slot) ?? 0) : inPlace;
}
