import { chunkBytes } from '../chunk-reader.ts';
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

const maximumFunctions = 65_536;

/** One pass over the entries; a record lies behind the one of the entry before, so both are read forwards. */
function readFunctions(table: GoTable, hits: GoNameHits): readonly GoFunction[] {
  const { source } = table.elf;
  const { functionCount, entriesOffset, entryBytes, recordsOffset, recordsEndOffset, nameField } =
    table.pclntab;
  // Twice what is there: a table whose records are not in order is given up at some point.
  const records = new Window(source, 2 * (recordsEndOffset - recordsOffset) + chunkBytes);
  const entries = new Window(source, 2 * functionCount * entryBytes + chunkBytes);
  const entryWords = entryBytes / 4;
  const nameWord = nameField / 4;
  const functions: GoFunction[] = [];
  for (let index = 0; index < functionCount; index++) {
    const entryOffset = entriesOffset + index * entryBytes;
    const entry = entries.locate(entryOffset, entryWords);
    if (entry < 0) break;
    const recordWord = entry + entryWords / 2;
    const recordOffset = recordsOffset + ((entries.words[recordWord] ?? 0) >>> 0);
    const record = records.locate(recordOffset, nameWord + 1);
    if (record < 0) break;
    const name = hits.nameAt(records.words[record + nameWord] ?? -1);
    const found = name === undefined ? undefined : locateFunction(table, name, entryOffset);
    if (found !== undefined && functions.push(found) === maximumFunctions) break;
    index += countUnwanted(
      entries.words.subarray(recordWord + entryWords),
      entryWords,
      records.words.subarray(nameWord),
      records.start - recordsOffset,
      hits.filter,
    );
  }
  return functions;
}

/**
 * How many of the next entries have a record in this chunk that refers to no wanted name. Almost all entries are passed
 * here: it looks at plain arrays only, and is compiled soon.
 */
function countUnwanted(
  recordOffsets: Int32Array,
  step: number,
  nameOffsets: Int32Array,
  chunkStart: number,
  filter: Uint8Array,
): number {
  let count = 0;
  for (let word = 0; word < recordOffsets.length; word += step) {
    const position = ((recordOffsets[word] ?? 0) >>> 0) - chunkStart;
    const nameOffset = nameOffsets[position / 4];
    if (nameOffset === undefined || filter[nameOffset & 0xffff] !== 0) break;
    count++;
  }
  return count;
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
