import type { ByteSource } from './byte-source.ts';
import { createAddressSpace, type AddressSpace } from './elf/address-space.ts';
import { readBuildId } from './elf/build-id.ts';
import { parseDynamic, type ElfDynamic } from './elf/dynamic.ts';
import { parseElfHeader, type ElfHeader } from './elf/header.ts';
import { parseRelativeRelocations, type RelativeRelocations } from './elf/relocations.ts';
import { parseSections, sectionType, type ElfSection } from './elf/sections.ts';
import { parseSegments, segmentType, type ElfSegment } from './elf/segments.ts';
import { u64At } from './u64.ts';

export type ElfArchitecture = 'x86-64' | 'arm64';

/** Why a file is not an ELF file that can be read here. */
export interface ElfProblem {
  readonly code:
    | 'not-elf'
    | '32-bit'
    | 'big-endian'
    | 'other-machine'
    | 'not-executable'
    | 'truncated'
    | 'malformed';
  /** What was found, in words; for `other-machine` the machine's name. */
  readonly detail: string;
}

export type ElfResult =
  | { readonly ok: true; readonly elf: Elf }
  | { readonly ok: false; readonly problem: ElfProblem };

/**
 * An ELF64 little-endian program or shared library. Addresses are link-time addresses; offsets count from the
 * start of the file.
 */
export interface Elf extends AddressSpace {
  readonly source: ByteSource;
  readonly architecture: ElfArchitecture;
  /** `pie` is a program of type ET_DYN; it and `shared-library` are position independent. */
  readonly kind: 'executable' | 'pie' | 'shared-library';
  /** Where the program headers end in the file. */
  readonly programHeadersEnd: number;
  /** Every program header, in the file's order. */
  readonly segments: readonly ElfSegment[];
  /** Empty when the file has no section headers, or unusable ones. */
  readonly sections: readonly ElfSection[];
  /** Null for a static program. */
  readonly dynamic: ElfDynamic | null;
  /** Path of the dynamic loader it asks for, or null. */
  readonly interpreter: string | null;
  /** GNU build-id in hex, or null. */
  readonly buildId: string | null;
  /** Whether there is a symbol table beside the one for dynamic linking; without it the file is "stripped". */
  readonly hasSymbolTable: boolean;
  section(name: string): ElfSection | undefined;
  /**
   * The pointer stored at `address`, as a link-time address: what the file holds or, where that is 0 (lld), what
   * a RELATIVE relocation puts there. Undefined outside the file.
   */
  pointerAt(address: number): number | undefined;
  /** Parsed at the first call. */
  relocations(): RelativeRelocations;
}

/** Reads the headers and the small tables; the rest of the file is read when it is asked for. */
export function parseElf(source: ByteSource): ElfResult {
  const header = parseElfHeader(source);
  if (!header.ok) return header;
  const segments = parseSegments(source, header.header.programHeaders);
  if (!segments.ok) return segments;
  return { ok: true, elf: createElf(source, header.header, segments.segments) };
}

function createElf(source: ByteSource, header: ElfHeader, segments: readonly ElfSegment[]): Elf {
  const space = createAddressSpace(source, segments);
  const sections = parseSections(source, header);
  const dynamic = parseDynamic(source, space, segments) ?? null;
  const interpreter = readInterpreter(source, segments);
  let relocations: RelativeRelocations | undefined;
  const parseRelocations = (): RelativeRelocations =>
    (relocations ??= parseRelativeRelocations(
      space,
      header.architecture,
      dynamic?.relocations ?? { address: 0, sizeBytes: 0 },
    ));
  return {
    ...space,
    source,
    architecture: header.architecture,
    kind: kindOf(header, dynamic, interpreter),
    programHeadersEnd:
      header.programHeaders.offset + header.programHeaders.count * header.programHeaders.entryBytes,
    segments,
    sections,
    dynamic,
    interpreter,
    buildId: readBuildId(source, segments),
    hasSymbolTable: sections.some(
      (section) => section.type === sectionType.symbolTable && section.sizeBytes > 0,
    ),
    section: (name) => sections.find((section) => section.name === name),
    pointerAt(address) {
      const bytes = space.read(address, 8);
      if (bytes.length < 8) return undefined;
      return u64At(bytes, 0) || (parseRelocations().pointerAt(address) ?? 0);
    },
    relocations: parseRelocations,
  };
}

const maximumPathBytes = 4096;

function readInterpreter(source: ByteSource, segments: readonly ElfSegment[]): string | null {
  const segment = segments.find((candidate) => candidate.type === segmentType.interpreter);
  if (segment === undefined) return null;
  const length = Math.min(segment.fileSizeBytes, maximumPathBytes);
  return source.read(segment.offset, length).toString('latin1').replace(/\0.*$/s, '');
}

/** ET_DYN says only "position independent"; libraries that can also be run (libc.so.6) have an interpreter too. */
function kindOf(header: ElfHeader, dynamic: ElfDynamic | null, interpreter: string | null): Elf['kind'] {
  if (header.type === 2) return 'executable';
  // Without a dynamic section nothing could load it as a library.
  if (dynamic === null || dynamic.markedPie) return 'pie';
  return interpreter !== null && dynamic.libraryName === null ? 'pie' : 'shared-library';
}
