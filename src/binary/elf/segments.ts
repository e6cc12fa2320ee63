import type { ByteSource } from '../byte-source.ts';
import type { ElfProblem } from '../elf.ts';
import { u64At } from '../u64.ts';
import type { ElfHeaderTable } from './header.ts';

/** One program header. */
export interface ElfSegment {
  /** One of {@link segmentType}, or another. */
  readonly type: number;
  readonly executable: boolean;
  readonly writable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly fileSizeBytes: number;
  readonly memorySizeBytes: number;
}

export const segmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const;

export type ElfSegmentsResult =
  | { readonly ok: true; readonly segments: readonly ElfSegment[] }
  | { readonly ok: false; readonly problem: ElfProblem };

/** All program headers. Those that matter lie within the file and below 2^53, or the file is refused. */
export function parseSegments(source: ByteSource, table: ElfHeaderTable): ElfSegmentsResult {
  if (table.count === 0) return refuse('malformed', 'it has no program headers');
  if (table.entryBytes !== entryBytes) {
    return refuse('malformed', `its program headers have ${table.entryBytes} bytes each, not ${entryBytes}`);
  }
  if (table.count > maximumCount) return refuse('malformed', `it claims ${table.count} program headers`);
  const sizeBytes = table.count * entryBytes;
  const bytes = source.read(table.offset, sizeBytes);
  if (bytes.length < sizeBytes)
    return refuse('truncated', 'its program headers lie beyond the end of the file');

  const segments: ElfSegment[] = [];
  for (let position = 0; position < sizeBytes; position += entryBytes) {
    const segment = parseSegment(bytes, position);
    const problem = segment.type === segmentType.load ? loadProblem(segment, source.sizeBytes) : undefined;
    if (problem !== undefined) return { ok: false, problem };
    segments.push(segment);
  }
  if (!segments.some((segment) => segment.type === segmentType.load)) {
    return refuse('malformed', 'none of its segments is loaded');
  }
  return { ok: true, segments };
}

const entryBytes = 56;
/** The kernel runs nothing with more than 64 KiB of program headers (fs/binfmt_elf.c, load_elf_phdrs). */
const maximumCount = Math.floor(65_536 / entryBytes);

function parseSegment(bytes: Buffer, position: number): ElfSegment {
  const flags = bytes.readUInt32LE(position + 4);
  return {
    type: bytes.readUInt32LE(position),
    executable: (flags & 1) !== 0,
    writable: (flags & 2) !== 0,
    offset: u64At(bytes, position + 8),
    address: u64At(bytes, position + 16),
    fileSizeBytes: u64At(bytes, position + 32),
    memorySizeBytes: u64At(bytes, position + 40),
  };
}

function loadProblem(segment: ElfSegment, fileBytes: number): ElfProblem | undefined {
  if (!Number.isSafeInteger(segment.address + Math.max(segment.fileSizeBytes, segment.memorySizeBytes))) {
    return { code: 'malformed', detail: 'a segment lies outside the addresses a program can have' };
  }
  const missing = segment.offset + segment.fileSizeBytes - fileBytes;
  // Of a segment that takes no bytes from the file (UPX writes some), the offset says nothing.
  if (segment.fileSizeBytes > 0 && missing > 0) {
    return { code: 'truncated', detail: `its segments go ${missing} bytes beyond the end of the file` };
  }
  return undefined;
}

function refuse(code: ElfProblem['code'], detail: string): ElfSegmentsResult {
  return { ok: false, problem: { code, detail } };
}
