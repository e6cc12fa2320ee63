import type { ByteSource } from '../byte-source.ts';
import { u64At } from '../u64.ts';
import type { AddressSpace } from './address-space.ts';
import { segmentType, type ElfSegment } from './segments.ts';

/** What the dynamic section says (System V ABI, chapter 5; tags of elf.h). */
export interface ElfDynamic {
  readonly neededLibraries: readonly string[];
  /** DT_SONAME: only libraries have one. */
  readonly libraryName: string | null;
  /** DF_1_PIE: the linker says that this is a program. */
  readonly markedPie: boolean;
  /** Addresses and sizes; 0 where the tag is missing. */
  readonly relocations: { readonly address: number; readonly sizeBytes: number };
  readonly strings: { readonly address: number; readonly sizeBytes: number };
}

/** Undefined when the file has no dynamic segment. */
export function parseDynamic(
  source: ByteSource,
  space: AddressSpace,
  segments: readonly ElfSegment[],
): ElfDynamic | undefined {
  const segment = segments.find((candidate) => candidate.type === segmentType.dynamic);
  if (segment === undefined) return undefined;
  const bytes = source.read(segment.offset, Math.min(segment.fileSizeBytes, maximumBytes));
  const values = new Map<number, number>();
  const neededOffsets: number[] = [];
  for (let position = 0; position + 16 <= bytes.length; position += 16) {
    const name = u64At(bytes, position);
    if (name === tag.null) break;
    const value = u64At(bytes, position + 8);
    if (name === tag.needed) neededOffsets.push(value);
    else if (!values.has(name)) values.set(name, value);
  }
  const valueOf = (name: number): number => values.get(name) ?? 0;
  const strings = { address: valueOf(tag.stringTable), sizeBytes: valueOf(tag.stringBytes) };
  const stringAt = (offset: number): string => readString(space, strings, offset);
  const nameOffset = values.get(tag.libraryName);
  return {
    neededLibraries: neededOffsets
      .slice(0, maximumNeeded)
      .map(stringAt)
      .filter((name) => name !== ''),
    libraryName: nameOffset === undefined ? null : stringAt(nameOffset),
    markedPie: (valueOf(tag.flags1) & 0x0800_0000) !== 0,
    relocations: { address: valueOf(tag.rela), sizeBytes: valueOf(tag.relaBytes) },
    strings,
  };
}

const tag = {
  null: 0,
  needed: 1,
  stringTable: 5,
  rela: 7,
  relaBytes: 8,
  stringBytes: 10,
  libraryName: 14,
  flags1: 0x6fff_fffb,
} as const;

/** Far beyond what linkers write; they bound a hostile file. */
const maximumBytes = 1024 * 1024;
const maximumNeeded = 4096;
const maximumStringBytes = 4096;

function readString(space: AddressSpace, strings: ElfDynamic['strings'], offset: number): string {
  if (offset >= strings.sizeBytes) return '';
  const length = Math.min(maximumStringBytes, strings.sizeBytes - offset);
  const text = space.read(strings.address + offset, length).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
