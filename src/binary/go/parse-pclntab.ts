import type { Elf } from '../elf.ts';
import { u64At } from '../u64.ts';

/** Layouts of the table, named after the first Go version that wrote them (Go: debug/gosym/pclntab.go). */
export type PclntabLayout = '1.2' | '1.16' | '1.18' | '1.20';

/** Where the parts of Go's function table are. Offsets are file offsets. */
export interface Pclntab {
  readonly layout: PclntabLayout;
  readonly fileOffset: number;
  readonly address: number;
  /** How it was found, for display: `section .gopclntab`, `search of the segments`. */
  readonly how: string;
  readonly functionCount: number;
  /** Names end in NUL; a record's name offset counts from `namesOffset`. In layout 1.2 other data is among them. */
  readonly namesOffset: number;
  readonly namesEndOffset: number;
  /** `functionCount` pairs {function, offset of its record}, sorted by function, then the end of the last one. */
  readonly entriesOffset: number;
  /** Size of a pair: two u32 (≥ 1.18) or two u64. */
  readonly entryBytes: 8 | 16;
  /** What record offsets count from, and where the records end at the latest. */
  readonly recordsOffset: number;
  readonly recordsEndOffset: number;
  /** Position of the name offset (i32) in a record: it follows the function's start. */
  readonly nameField: 4 | 8;
  /** What the header says entries count from; 0 from Go 1.26 on, and where only a relocation says it. */
  readonly headerTextStart: number;
}

/**
 * The table at `offset`, where its bytes end at `end` at the latest; undefined if it is none. More than the magic
 * is asked for, since a search finds that by chance too: sizes and order must fit, and records must repeat their entry.
 */
export function parsePclntab(elf: Elf, offset: number, end: number, how: string): Pclntab | undefined {
  const header = elf.source.read(offset, Math.min(headerBytes, end - offset));
  const address = elf.address(offset);
  if (header.length < headerBytes || address === undefined || header[7] !== 8) return undefined;
  const layout = layouts.get(header.readUInt32LE(0));
  const unit = elf.architecture === 'arm64' ? 4 : 1;
  if (layout === undefined || header.readUInt16LE(4) !== 0 || header[6] !== unit) return undefined;
  const start = { elf, header, offset, end: Math.min(end, elf.source.sizeBytes), address, how, layout };
  const table = layout === '1.2' ? layOutSingle(start) : layOutParts(start);
  return table !== undefined && recordsFit(elf, table) ? table : undefined;
}

const headerBytes = 72;

const layouts: ReadonlyMap<number, PclntabLayout> = new Map([
  [0xffff_fffb, '1.2'],
  [0xffff_fffa, '1.16'],
  [0xffff_fff0, '1.18'],
  [0xffff_fff1, '1.20'],
]);

interface Start {
  readonly elf: Elf;
  readonly header: Buffer;
  readonly offset: number;
  readonly end: number;
  readonly address: number;
  readonly how: string;
  readonly layout: PclntabLayout;
}

/** Go 1.2 to 1.15: count at 8, pairs at 16, then records, names and tables of line numbers mixed. */
function layOutSingle(start: Start): Pclntab | undefined {
  const { elf, header, offset, end, address, how, layout } = start;
  const functionCount = u64At(header, 8);
  const entriesOffset = offset + 16;
  // After the pairs: the end of the last function (u64), and where the table of file names begins (u32).
  const tail = entriesOffset + functionCount * 16;
  if (functionCount < 1 || tail + 12 > end) return undefined;
  const filesOffset = elf.source.read(tail + 8, 4);
  if (filesOffset.length < 4) return undefined;
  const partsEnd = offset + filesOffset.readUInt32LE(0);
  if (partsEnd < tail + 12 || partsEnd > end) return undefined;
  return {
    layout,
    fileOffset: offset,
    address,
    how,
    functionCount,
    namesOffset: offset,
    namesEndOffset: partsEnd,
    entriesOffset,
    entryBytes: 16,
    recordsOffset: offset,
    recordsEndOffset: partsEnd,
    nameField: 8,
    headerTextStart: 0,
  };
}

/** Go ≥ 1.16: counts at 8 and 16, from 1.18 the text start at 24; then where the five parts begin. */
function layOutParts(start: Start): Pclntab | undefined {
  const { header, offset, end, address, how, layout } = start;
  const relative = layout !== '1.16';
  const firstPart = relative ? 32 : 24;
  const parts = [0, 1, 2, 3, 4].map((index) => offset + u64At(header, firstPart + index * 8));
  const [names = 0, units = 0, files = 0, tables = 0, entries = 0] = parts;
  const ordered = names < units && units <= files && files <= tables && tables <= entries;
  const functionCount = u64At(header, 8);
  const entryBytes = relative ? 8 : 16;
  if (!ordered || names < offset + firstPart + 40 || functionCount < 1) return undefined;
  if (entries + functionCount * entryBytes + entryBytes / 2 > end) return undefined;
  return {
    layout,
    fileOffset: offset,
    address,
    how,
    functionCount,
    namesOffset: names,
    namesEndOffset: units,
    entriesOffset: entries,
    entryBytes,
    recordsOffset: entries,
    recordsEndOffset: end,
    nameField: relative ? 4 : 8,
    headerTextStart: relative ? u64At(header, 24) : 0,
  };
}

/** The first, the middle and the last record must repeat the start of their function and name it within the names. */
function recordsFit(elf: Elf, table: Pclntab): boolean {
  return [0, table.functionCount >>> 1, table.functionCount - 1].every((index) => {
    const half = table.entryBytes / 2;
    const entry = elf.source.read(table.entriesOffset + index * table.entryBytes, table.entryBytes);
    if (entry.length < table.entryBytes) return false;
    const record = elf.source.read(table.recordsOffset + entry.readUInt32LE(half), table.nameField + 4);
    if (record.length < table.nameField + 4) return false;
    const repeats = entry.compare(record, 0, half, 0, half) === 0;
    const nameOffset = table.namesOffset + record.readInt32LE(table.nameField);
    return repeats && nameOffset >= table.namesOffset && nameOffset < table.namesEndOffset;
  });
}
