import type { ByteSource } from '../byte-source.ts';
import { u64At } from '../u64.ts';
import type { ElfHeader } from './header.ts';

/** One section header. Nothing in it is checked against the file: reads beyond the end are short. */
export interface ElfSection {
  readonly name: string;
  /** One of {@link sectionType}, or another. */
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Index of an associated section, e.g. a symbol table's string table. */
  readonly link: number;
}

export const sectionType = { symbolTable: 2 } as const;

/** All section headers, or none at all where they are missing or unusable: a program runs without them. */
export function parseSections(source: ByteSource, header: ElfHeader): readonly ElfSection[] {
  const { offset, entryBytes } = header.sectionHeaders;
  if (offset === 0 || entryBytes !== headerBytes) return [];
  // With 65,280 sections or more, the numbers stand in the first section header (System V ABI, e_shnum).
  const first = source.read(offset, headerBytes);
  if (first.length < headerBytes) return [];
  const count = header.sectionHeaders.count === 0 ? u64At(first, 32) : header.sectionHeaders.count;
  const namesIndex = header.sectionNamesIndex === 0xffff ? first.readUInt32LE(40) : header.sectionNamesIndex;
  if (count > maximumCount) return [];
  const bytes = source.read(offset, count * headerBytes);
  if (bytes.length < count * headerBytes) return [];

  const names = readNames(source, bytes, namesIndex);
  const sections: ElfSection[] = [];
  for (let position = 0; position < bytes.length; position += headerBytes) {
    sections.push({
      name: nameAt(names, bytes.readUInt32LE(position)),
      type: bytes.readUInt32LE(position + 4),
      address: u64At(bytes, position + 16),
      offset: u64At(bytes, position + 24),
      sizeBytes: u64At(bytes, position + 32),
      link: bytes.readUInt32LE(position + 40),
    });
  }
  return sections;
}

const headerBytes = 64;
/** Programs have fewer than a hundred; the bounds keep a hostile file from costing memory. */
const maximumCount = 100_000;
const maximumNamesBytes = 16 * 1024 * 1024;
const maximumNameBytes = 256;

function readNames(source: ByteSource, headers: Buffer, index: number): Buffer {
  const position = index * headerBytes;
  if (position + headerBytes > headers.length) return Buffer.alloc(0);
  const sizeBytes = Math.min(u64At(headers, position + 32), maximumNamesBytes);
  return source.read(u64At(headers, position + 24), sizeBytes);
}

function nameAt(names: Buffer, offset: number): string {
  const text = names.toString('latin1', offset, offset + maximumNameBytes);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
