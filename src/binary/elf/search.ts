import type { Elf } from '../elf.ts';
import { findBytes } from '../find-bytes.ts';
import { segmentType, type ElfSegment } from './segments.ts';

/**
 * File offsets of `pattern` in the file-backed parts of the loadable segments; `first` says which kind of segment is
 * searched first. No byte is searched twice, and no more than 1 GiB in all.
 */
export function* searchSegments(
  elf: Elf,
  pattern: Buffer,
  first: (segment: ElfSegment) => boolean,
): Generator<number, void, undefined> {
  let allowanceBytes = maximumBytes;
  for (const range of disjointRanges(elf.segments, first)) {
    const end = Math.min(range.end, range.start + allowanceBytes);
    yield* findBytes(elf.source, pattern, range.start, end);
    allowanceBytes -= end - range.start;
  }
}

const maximumBytes = 1024 * 1024 * 1024;

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Segments may overlap in the file: hundreds of them could each hold all of it. */
function disjointRanges(
  segments: readonly ElfSegment[],
  first: (segment: ElfSegment) => boolean,
): readonly Range[] {
  const loads = segments.filter((segment) => segment.type === segmentType.load && segment.fileSizeBytes > 0);
  const ordered = [...loads.filter(first), ...loads.filter((segment) => !first(segment))];
  const ranges: Range[] = [];
  for (const load of ordered) {
    let pieces: readonly Range[] = [{ start: load.offset, end: load.offset + load.fileSizeBytes }];
    for (const taken of ranges) pieces = pieces.flatMap((piece) => without(piece, taken));
    ranges.push(...pieces);
  }
  return ranges;
}

function without(piece: Range, taken: Range): readonly Range[] {
  if (taken.end <= piece.start || taken.start >= piece.end) return [piece];
  return [
    { start: piece.start, end: taken.start },
    { start: taken.end, end: piece.end },
  ].filter((rest) => rest.start < rest.end);
}
