import { searchSegments } from '../elf/search.ts';
import type { Elf } from '../elf.ts';
import type { GoBuildInfo } from './build-info.ts';
import { parseModuleText } from './module-text.ts';

/** What the linker wrote for `go version`: in a section of its own, else found by its magic. Undefined without it. */
export function findBuildInfoRecord(elf: Elf): GoBuildInfo | undefined {
  return findBySection(elf) ?? findBySearch(elf);
}

/** `\xff Go buildinf:`, then pointer size (u8) and flags (u8); 32 bytes, aligned to 16 (Go: debug/buildinfo). */
const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const headerBytes = 32;
const maximumHits = 1024;
const maximumVersionBytes = 256;
const maximumModuleBytes = 4 * 1024 * 1024;

function findBySection(elf: Elf): GoBuildInfo | undefined {
  const section = elf.section('.go.buildinfo');
  return section && parseAt(elf, section.address, `section ${section.name}`);
}

function findBySearch(elf: Elf): GoBuildInfo | undefined {
  let hits = 0;
  for (const offset of searchSegments(elf, magic, (segment) => segment.writable)) {
    if (++hits > maximumHits) return undefined;
    const address = elf.address(offset);
    const found =
      address !== undefined && address % 16 === 0
        ? parseAt(elf, address, 'search of the segments')
        : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function parseAt(elf: Elf, address: number, how: string): GoBuildInfo | undefined {
  const header = elf.read(address, headerBytes);
  if (header.length < headerBytes || header.compare(magic, 0, magic.length, 0, magic.length) !== 0) {
    return undefined;
  }
  const inline = ((header[15] ?? 0) & 2) !== 0;
  const [version, moduleText] = inline ? readInline(elf, address) : readByPointers(elf, address);
  if (version === undefined || !/^[\x20-\x7e]+$/.test(version)) return undefined;
  return { version, how, ...parseModuleText(moduleText ?? '') };
}

/** Go ≥ 1.18: both strings follow the header, each after its length as a varint. */
function readInline(elf: Elf, address: number): readonly (string | undefined)[] {
  const version = readVarintString(elf, address + headerBytes, maximumVersionBytes);
  const moduleText = version && readVarintString(elf, version.end, maximumModuleBytes);
  return [version?.text, moduleText?.text];
}

function readVarintString(
  elf: Elf,
  address: number,
  maximumBytes: number,
): { readonly text: string; readonly end: number } | undefined {
  const prefix = elf.read(address, 5);
  let length = 0;
  for (const [index, byte] of prefix.entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    const text = length <= maximumBytes ? elf.read(address + index + 1, length) : undefined;
    if (text?.length !== length) return undefined;
    return { text: text.toString(), end: address + index + 1 + length };
  }
  return undefined;
}

/** Go 1.13 to 1.17: the header holds pointers to two string headers {pointer, length}. */
function readByPointers(elf: Elf, address: number): readonly (string | undefined)[] {
  return [
    readGoString(elf, elf.pointerAt(address + 16) ?? 0, maximumVersionBytes),
    readGoString(elf, elf.pointerAt(address + 24) ?? 0, maximumModuleBytes),
  ];
}

function readGoString(elf: Elf, address: number, maximumBytes: number): string | undefined {
  const text = elf.pointerAt(address);
  const length = elf.pointerAt(address + 8);
  if (text === undefined || length === undefined || length > maximumBytes) return undefined;
  const bytes = elf.read(text, length);
  return bytes.length === length ? bytes.toString() : undefined;
}
