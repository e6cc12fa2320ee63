import type { PclntabLayout } from '../../../src/binary/go/parse-pclntab.ts';
import { buildElf, u32Bytes, u64Bytes, type ElfPart, type SectionPart } from '../build-elf.ts';

/** A synthetic Go program: a function table in the given layout, module data that points to it, and "code". */
export interface GoProgramParts {
  readonly layout: PclntabLayout;
  readonly architecture?: 'x86-64' | 'arm64';
  readonly functions: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** Names that no function has: those of inlined functions. */
  readonly otherNames?: readonly string[];
  /** Bytes of C code before Go's: with external linking `.text` does not begin where Go's text does. */
  readonly codeBeforeBytes?: number;
  /** Where pointers are: in the file; or, as lld leaves it, only in relocations, which may be out of order. */
  readonly pointers?: 'in place' | 'relocations' | 'unsorted relocations';
  /** Whether the header has the text start (Go 1.18 to 1.25). */
  readonly textStartInHeader?: boolean;
  /** Data of the program that lies before its own table. */
  readonly embedded?: Buffer;
  /** Names of the sections of the table and of the module data; none: no section headers. */
  readonly sections?: { readonly table: string; readonly moduledata?: string };
}

export interface BuiltFunction {
  readonly name: string;
  readonly address: number;
  readonly endAddress: number;
}

export const tableAddress = 0x50_0040;
const codeAddress = 0x40_1000;
const embeddedAddress = 0x4a_0000;
const dataAddress = 0x90_0000;
const dynamicAddress = 0xa0_0000;

export function buildGoProgram(parts: GoProgramParts): {
  readonly file: Buffer;
  readonly functions: readonly BuiltFunction[];
  readonly textAddress: number;
} {
  const textAddress = codeAddress + (parts.codeBeforeBytes ?? 0);
  let end = textAddress;
  const functions = parts.functions.map(({ name, sizeBytes }) => {
    const address = end;
    end += sizeBytes;
    return { name, address, endAddress: end };
  });
  const table = buildTable(parts, functions, textAddress, end);
  const moduledata = buildModuledata(parts.layout, table, textAddress, end);
  const inPlace = (parts.pointers ?? 'in place') === 'in place';
  const relocations = [
    ...table.slots.map((slot) => relocation(tableAddress, table.bytes, slot, inPlace)),
    ...moduledata.slots.map((slot) => relocation(dataAddress, moduledata.bytes, slot, inPlace)),
  ];
  if (parts.pointers === 'unsorted relocations') relocations.reverse();

  const code: ElfPart = { address: codeAddress, bytes: Buffer.alloc(end - codeAddress, 0xcc), access: 'rx' };
  const rodata: ElfPart = {
    address: tableAddress - 0x40,
    bytes: Buffer.concat([Buffer.alloc(0x40), table.bytes]),
  };
  const data: ElfPart = { address: dataAddress, bytes: moduledata.bytes, access: 'rw' };
  const machine = parts.architecture === 'arm64' ? 183 : 62;
  const sections = parts.sections && sectionsOf(parts.sections, table.bytes, moduledata.bytes);
  const file = buildElf({
    machine,
    type: inPlace ? 2 : 3,
    segments: [
      code,
      ...(parts.embedded === undefined ? [] : [{ address: embeddedAddress, bytes: parts.embedded }]),
      rodata,
      data,
      ...(inPlace ? [] : dynamicSegments(relocations, machine)),
    ],
    ...(sections === undefined ? {} : { sections }),
  });
  return { file, functions, textAddress };
}

interface Bytes {
  readonly bytes: Buffer;
  /** Positions of pointers. */
  readonly slots: readonly number[];
}

type Table = Bytes & { readonly namesPosition: number; readonly entriesPosition: number };

function sectionsOf(
  names: { readonly table: string; readonly moduledata?: string },
  table: Buffer,
  moduledata: Buffer,
): readonly SectionPart[] {
  const sections = [{ name: names.table, address: tableAddress, bytes: table }];
  if (names.moduledata === undefined) return sections;
  return [...sections, { name: names.moduledata, address: dataAddress, bytes: moduledata }];
}

const magics: Readonly<Record<PclntabLayout, number>> = {
  '1.2': 0xffff_fffb,
  '1.16': 0xffff_fffa,
  '1.18': 0xffff_fff0,
  '1.20': 0xffff_fff1,
};

function buildTable(
  parts: GoProgramParts,
  functions: readonly BuiltFunction[],
  textAddress: number,
  end: number,
): Table {
  const unit = parts.architecture === 'arm64' ? 4 : 1;
  const start = Buffer.concat([u32Bytes(magics[parts.layout]), Buffer.from([0, 0, unit, 8])]);
  return parts.layout === '1.2'
    ? buildSingleTable(parts, functions, end, start)
    : buildPartedTable(parts, functions, textAddress, end, start);
}

/** Records and names mixed, as Go up to 1.15 writes them. */
function buildSingleTable(
  parts: GoProgramParts,
  functions: readonly BuiltFunction[],
  end: number,
  start: Buffer,
): Table {
  const entriesPosition = 16;
  let position = entriesPosition + functions.length * 16 + 12;
  const entries: Buffer[] = [];
  const rest: Buffer[] = [];
  const slots: number[] = [];
  const append = (bytes: Buffer): number => {
    const at = position;
    const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
    rest.push(padded);
    position += padded.length;
    return at;
  };
  append(Buffer.alloc((8 - (position % 8)) % 8 || 8));
  for (const name of parts.otherNames ?? []) append(Buffer.from(`${name}\0`));
  for (const [index, { name, address }] of functions.entries()) {
    const nameOffset = append(Buffer.from(`${name}\0`));
    const record = append(Buffer.concat([u64Bytes(address), u32Bytes(nameOffset, 0, 0, 0, 0, 0)]));
    slots.push(entriesPosition + index * 16, record);
    entries.push(u64Bytes(address, record));
  }
  slots.push(entriesPosition + functions.length * 16);
  const bytes = Buffer.concat([
    start,
    u64Bytes(functions.length),
    ...entries,
    u64Bytes(end),
    u32Bytes(position),
    ...rest,
    u32Bytes(1),
  ]);
  return { bytes, slots, namesPosition: 0, entriesPosition };
}

function buildPartedTable(
  parts: GoProgramParts,
  functions: readonly BuiltFunction[],
  textAddress: number,
  end: number,
  start: Buffer,
): Table {
  const relative = parts.layout !== '1.16';
  const headerBytes = relative ? 72 : 64;
  const nameOffsets: number[] = [];
  const texts: string[] = [...(parts.otherNames ?? []), ...functions.map(({ name }) => name)];
  let names = Buffer.alloc(0);
  const pieces = texts.map((text) => {
    nameOffsets.push(names.length);
    return (names = Buffer.concat([names, Buffer.from(`${text}\0`)]));
  });
  names = pieces.at(-1) ?? names;
  const namesPosition = headerBytes;
  const unitsPosition = Math.ceil((namesPosition + names.length) / 8) * 8;
  const entriesPosition = unitsPosition + 24;
  const entryBytes = relative ? 8 : 16;
  const value = (address: number): Buffer => (relative ? u32Bytes(address - textAddress) : u64Bytes(address));
  const word = (offset: number): Buffer => (relative ? u32Bytes(offset) : u64Bytes(offset));
  const recordBytes = relative ? 40 : 48;
  const firstRecord = Math.ceil((functions.length * entryBytes + entryBytes / 2 + 4) / 8) * 8;
  const skippedNames = parts.otherNames?.length ?? 0;
  const slots: number[] = [];
  const body = Buffer.alloc(firstRecord + functions.length * recordBytes);
  for (const [index, { address }] of functions.entries()) {
    const record = firstRecord + index * recordBytes;
    Buffer.concat([value(address), word(record)]).copy(body, index * entryBytes);
    Buffer.concat([value(address), u32Bytes(nameOffsets[skippedNames + index] ?? 0)]).copy(body, record);
    if (!relative) slots.push(entriesPosition + index * entryBytes, entriesPosition + record);
  }
  value(end).copy(body, functions.length * entryBytes);
  if (!relative) slots.push(entriesPosition + functions.length * entryBytes);
  const hasStart = relative && (parts.textStartInHeader ?? true);
  const header = Buffer.concat([
    start,
    u64Bytes(functions.length, 1),
    ...(relative ? [u64Bytes(hasStart ? textAddress : 0)] : []),
    u64Bytes(namesPosition, unitsPosition, unitsPosition + 8, unitsPosition + 16, entriesPosition),
  ]);
  if (hasStart) slots.push(24);
  const padding = Buffer.alloc(entriesPosition - namesPosition - names.length);
  return { bytes: Buffer.concat([header, names, padding, body]), slots, namesPosition, entriesPosition };
}

/** 40 words, as far as they matter. */
function buildModuledata(layout: PclntabLayout, table: Table, textAddress: number, end: number): Bytes {
  const words = Array.from({ length: 40 }, () => 0);
  const text = layout === '1.2' ? 12 : 22;
  words[0] = tableAddress;
  words[1] = layout === '1.2' ? table.bytes.length : tableAddress + table.namesPosition;
  words[2] = table.bytes.length;
  for (const [index, value] of [textAddress, end, textAddress, end].entries())
    words[text - 2 + index] = value;
  const pointers = [0, ...(layout === '1.2' ? [] : [1]), text - 2, text - 1, text, text + 1];
  return { bytes: u64Bytes(...words), slots: pointers.map((index) => index * 8) };
}

interface Relocation {
  readonly slot: number;
  readonly pointer: number;
}

/** Takes the pointer out of the file unless it is to stay there. */
function relocation(address: number, bytes: Buffer, position: number, inPlace: boolean): Relocation {
  const pointer = Number(bytes.readBigUInt64LE(position));
  if (!inPlace) bytes.fill(0, position, position + 8);
  return { slot: address + position, pointer };
}

function dynamicSegments(relocations: readonly Relocation[], machine: number): readonly ElfPart[] {
  const type = machine === 183 ? 1027 : 8;
  const entries = relocations.flatMap(({ slot, pointer }) => [
    u64Bytes(slot),
    u32Bytes(type, 0),
    u64Bytes(pointer),
  ]);
  const rela = Buffer.concat(entries);
  const dynamic = u64Bytes(7, dynamicAddress + 0x1000, 8, rela.length, 9, 24, 0, 0);
  const bytes = Buffer.concat([dynamic, Buffer.alloc(0x1000 - dynamic.length), rela]);
  return [
    { address: dynamicAddress, bytes, access: 'rw' },
    { type: 2, address: dynamicAddress, bytes: dynamic },
  ];
}
