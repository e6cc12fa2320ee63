/** Parts of a synthetic ELF64 file; everything that is left out is as in an ordinary x86-64 program. */
export interface ElfParts {
  readonly machine?: number;
  /** 2 is ET_EXEC, 3 ET_DYN. */
  readonly type?: number;
  readonly segments: readonly ElfPart[];
  /** With a name each: they lie in the segments, or (address 0) behind them. */
  readonly sections?: readonly SectionPart[];
}

export interface ElfPart {
  /** Default PT_LOAD. */
  readonly type?: number;
  readonly address: number;
  readonly bytes: Buffer;
  /** Default `r`. */
  readonly access?: 'r' | 'rw' | 'rx';
}

export interface SectionPart {
  readonly name: string;
  readonly type?: number;
  readonly address: number;
  readonly bytes: Buffer;
}

/**
 * Headers, then the bytes of each segment, then sections. A part of another type than PT_LOAD, and a section with an
 * address, is placed within the loadable segment that holds its address.
 */
export function buildElf(parts: ElfParts): Buffer {
  const placed: { readonly part: ElfPart; readonly offset: number }[] = [];
  let end = 64 + parts.segments.length * 56;
  for (const part of parts.segments.filter((part) => (part.type ?? 1) === 1)) {
    end = Math.ceil(end / 64) * 64;
    placed.push({ part, offset: end });
    end += part.bytes.length;
  }
  const offsetOf = (address: number): number | undefined => {
    const holder = placed.find(
      ({ part }) => address >= part.address && address < part.address + part.bytes.length,
    );
    return holder && holder.offset + address - holder.part.address;
  };
  const pieces: { readonly offset: number; readonly bytes: Buffer }[] = placed.map(({ part, offset }) => ({
    offset,
    bytes: part.bytes,
  }));
  const programHeaders = parts.segments.map((part) => {
    const offset =
      placed.find((candidate) => candidate.part === part)?.offset ?? offsetOf(part.address) ?? end;
    return programHeader(part, offset);
  });

  const sections: readonly SectionPart[] = parts.sections ?? [];
  const names = Buffer.from(['', ...sections.map(({ name }) => name), '.shstrtab', ''].join('\0'));
  const all =
    parts.sections === undefined
      ? []
      : [...sections, { name: '.shstrtab', type: 3, address: 0, bytes: names }];
  const sectionHeaders = all.map((section) => {
    const inside = section.address === 0 ? undefined : offsetOf(section.address);
    const offset = inside ?? end;
    if (inside === undefined) {
      pieces.push({ offset, bytes: section.bytes });
      end += section.bytes.length;
    }
    return sectionHeader(section, names.indexOf(`\0${section.name}\0`) + 1, offset);
  });
  const sectionsOffset = parts.sections === undefined ? 0 : end;
  const file = Buffer.alloc(end + (sectionsOffset === 0 ? 0 : (all.length + 1) * 64));
  elfHeader(parts, sectionsOffset === 0 ? 0 : all.length + 1, sectionsOffset).copy(file);
  Buffer.concat(programHeaders).copy(file, 64);
  for (const { offset, bytes } of pieces) bytes.copy(file, offset);
  if (sectionsOffset > 0) Buffer.concat(sectionHeaders).copy(file, sectionsOffset + 64);
  return file;
}

export function u64Bytes(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}

export function u32Bytes(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function elfHeader(parts: ElfParts, sectionCount: number, sectionsOffset: number): Buffer {
  const header = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  header.writeUInt16LE(parts.type ?? 2, 16);
  header.writeUInt16LE(parts.machine ?? 62, 18);
  u64Bytes(64, sectionsOffset).copy(header, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(parts.segments.length, 56);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(sectionCount, 60);
  header.writeUInt16LE(Math.max(sectionCount - 1, 0), 62);
  return header;
}

function programHeader(part: ElfPart, offset: number): Buffer {
  const flags = { r: 4, rw: 6, rx: 5 }[part.access ?? 'r'];
  const { address, bytes } = part;
  return Buffer.concat([
    u32Bytes(part.type ?? 1, flags),
    u64Bytes(offset, address, address, bytes.length, bytes.length, 16),
  ]);
}

function sectionHeader(section: SectionPart, nameOffset: number, offset: number): Buffer {
  return Buffer.concat([
    u32Bytes(nameOffset, section.type ?? 1),
    u64Bytes(0, section.address, offset, section.bytes.length),
    u32Bytes(0, 0),
    u64Bytes(1, 0),
  ]);
}
