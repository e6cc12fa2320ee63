import type { ByteSource } from './byte-source.ts';
import type { ElfSection } from './elf/sections.ts';
import type { ElfSegment } from './elf/segments.ts';

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

/** An ELF64 little-endian program or shared library. Addresses are link-time addresses, offsets count from the file's start. */
export interface Elf {
  readonly source: ByteSource;
  readonly architecture: ElfArchitecture;
  /** `pie` is a program of type ET_DYN; both `pie` and `shared-library` are position independent. */
  readonly kind: 'executable' | 'pie' | 'shared-library';
  /** Every program header, in the file's order. */
  readonly segments: readonly ElfSegment[];
  /** Empty when the file has no section headers or they are unusable. */
  readonly sections: readonly ElfSection[];
  /** The program interpreter (dynamic loader), or null. */
  readonly interpreter: string | null;
  /** Names of the shared libraries it asks for (DT_NEEDED). */
  readonly neededLibraries: readonly string[];
  /** GNU build-id in hex, or null. */
  readonly buildId: string | null;
  /** Whether there is a symbol table beside the one for dynamic linking; without it the file is "stripped". */
  readonly hasSymbolTable: boolean;
  section(name: string): ElfSection | undefined;
  /** Where the byte at `address` is in the file; undefined outside the file-backed part of the loadable segments. */
  fileOffset(address: number): number | undefined;
  address(fileOffset: number): number | undefined;
  /** Up to `lengthBytes` bytes as loaded from the file; fewer (or none) where the segment ends. */
  read(address: number, lengthBytes: number): Buffer;
  /**
   * The pointer stored at `address`, as a link-time address: what is in the file or, where that is 0,
   * what a RELATIVE relocation puts there. Undefined outside the file.
   */
  pointerAt(address: number): number | undefined;
  /** Slots that a RELATIVE relocation fills with `pointer`, where the file itself holds 0 or not. */
  slotsRelocatedTo(pointer: number): readonly number[];
}

export function parseElf(source: ByteSource): ElfResult {
  throw new Error(`not written yet: ${source.sizeBytes}`);
}
