import { ChunkReader, chunkBytes } from '../chunk-reader.ts';
import { searchSegments } from '../elf/search.ts';
import { segmentType } from '../elf/segments.ts';
import type { Elf } from '../elf.ts';
import { u64At } from '../u64.ts';

/**
 * The runtime's own version string, e.g. `go1.11.13`, for programs without build info (Go ≤ 1.12; linkers that
 * dropped it). Text alone does not do: string constants lie side by side without an end. So a pair {pointer, length}
 * in the data must cut out exactly a version; of several, the highest is taken, as others name older releases.
 */
export function findVersionString(elf: Elf): string | undefined {
  const starts = findStarts(elf);
  if (starts.size === 0) return undefined;
  const versions = new Set<string>();
  const look = (address: number, length: number): void => {
    if (length < shortest || length > longest || !starts.has(address)) return;
    const text = elf.read(address, length).toString('latin1');
    if (text.length === length && versionPattern.test(text)) versions.add(text);
  };
  eachPair(elf, look);
  // Where lld left zeros, the pointer is in the relocation only.
  elf.relocations().forEach((slot, pointer) => {
    if (starts.has(pointer)) look(pointer, elf.pointerAt(slot + 8) ?? 0);
  });
  return [...versions].sort(compareVersions).at(-1);
}

const versionPattern = /^(devel )?go1\.\d{1,3}([.\d]{0,8})((rc|beta)\d{1,3})?([-+ ][\x20-\x7e]*)?$/;
const shortest = 'go1.N'.length;
const longest = 120;
const maximumStarts = 4096;
const maximumDataBytes = 256 * 1024 * 1024;

/** Addresses of text that begins like a version. */
function findStarts(elf: Elf): ReadonlySet<number> {
  const starts = new Set<number>();
  for (const offset of searchSegments(elf, Buffer.from('go1.'), (segment) => !segment.executable)) {
    const address = elf.address(offset);
    if (address === undefined) continue;
    starts.add(address);
    if (elf.read(address - 6, 6).toString('latin1') === 'devel ') starts.add(address - 6);
    if (starts.size >= maximumStarts) break;
  }
  return starts;
}

function eachPair(elf: Elf, look: (address: number, length: number) => void): void {
  const reader = new ChunkReader(elf.source);
  let allowanceBytes = maximumDataBytes;
  for (const segment of elf.segments) {
    if (segment.type !== segmentType.load || !segment.writable) continue;
    const skipped = (8 - (segment.address % 8)) % 8;
    const end = segment.offset + Math.min(segment.fileSizeBytes, allowanceBytes);
    allowanceBytes -= Math.min(segment.fileSizeBytes, allowanceBytes);
    for (let offset = segment.offset + skipped; offset < end; offset += chunkBytes) {
      // The last pair of a chunk reaches into the next one.
      const bytes = reader.read(offset, Math.min(chunkBytes + 8, end - offset));
      for (let position = 0; position + 16 <= bytes.length; position += 8) {
        if (bytes.readUInt32LE(position + 12) === 0)
          look(u64At(bytes, position), bytes.readUInt32LE(position + 8));
      }
    }
  }
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

function numbersOf(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}
