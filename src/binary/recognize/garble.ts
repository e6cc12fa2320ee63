import type { Elf } from '../elf.ts';
import { searchSegments } from '../elf/search.ts';
import { findBuildInfoRecord } from '../go/build-info-record.ts';
import { u64At } from '../u64.ts';

/**
 * garble links with a changed linker: the function table has another magic, entries are encrypted, names are hashes.
 * The rest of the table's header stays, and the version becomes "unknown".
 */
export function garbleEvidence(elf: Elf): string | undefined {
  const magic = findForeignMagic(elf);
  if (magic !== undefined) return `its Go line table has the magic ${magic}, which no Go release writes`;
  const buildInfo = findBuildInfoRecord(elf);
  return buildInfo?.version === 'unknown'
    ? `its build info (${buildInfo.how}) gives "unknown" for the Go version, as garble does`
    : undefined;
}

const headerBytes = 72;
/** Of 100 MB, some ten thousand; an eighth of them are where a table could be, and are looked at. */
const maximumHits = 500_000;
const maximumLooks = 50_000;

/** Magic, in hex, of a table that has the shape of Go's (≥ 1.18) in everything else. */
function findForeignMagic(elf: Elf): string | undefined {
  const section = elf.section('.gopclntab') ?? elf.section('.data.rel.ro.gopclntab');
  if (section !== undefined) return foreignMagicAt(elf, section.offset);
  // Instruction unit and pointer size; the two zeros before them would find every place in a region of zeros.
  const pattern = Buffer.from([elf.architecture === 'arm64' ? 4 : 1, 8]);
  let hits = 0;
  let looks = 0;
  for (const hit of searchSegments(elf, pattern, (segment) => !segment.executable && !segment.writable)) {
    if (++hits > maximumHits) return undefined;
    const offset = hit - 6;
    if ((elf.address(offset) ?? 1) % 8 !== 0) continue;
    if (++looks > maximumLooks) return undefined;
    const magic = foreignMagicAt(elf, offset);
    if (magic !== undefined) return magic;
  }
  return undefined;
}

function foreignMagicAt(elf: Elf, offset: number): string | undefined {
  const header = elf.source.read(offset, headerBytes);
  if (header.length < headerBytes || !hasShape(elf, header, offset)) return undefined;
  const magic = header.readUInt32LE(0);
  return knownMagics.has(magic) ? undefined : magic.toString(16).padStart(8, '0');
}

const knownMagics: ReadonlySet<number> = new Set([0xffff_fff0, 0xffff_fff1]);

/** Counts at 8 and 16, then from 32 on where the five parts begin: the first one after the header, aligned to 32 up to Go 1.25. */
function hasShape(elf: Elf, header: Buffer, offset: number): boolean {
  if (header.readUInt16LE(4) !== 0) return false;
  const parts = [32, 40, 48, 56, 64].map((position) => u64At(header, position));
  if (parts[0] !== headerBytes && parts[0] !== 96) return false;
  const ordered = parts.every((part, index) => index === 0 || part >= (parts[index - 1] ?? 0));
  const functionCount = u64At(header, 8);
  const end = offset + (parts[4] ?? 0) + functionCount * 8;
  const segment = elf.segmentAtOffset(offset);
  const fits = segment !== undefined && end <= segment.offset + segment.fileSizeBytes;
  return ordered && functionCount > 0 && fits;
}
