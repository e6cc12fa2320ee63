import type { ByteSource } from '../byte-source.ts';
import type { ElfArchitecture, ElfProblem } from '../elf.ts';
import { u64At } from '../u64.ts';
import { machineName } from './machine-name.ts';

/** What the first 64 bytes say, as far as it is used here. Offsets are not checked against the file. */
export interface ElfHeader {
  readonly architecture: ElfArchitecture;
  /** ET_EXEC is 2, ET_DYN 3. */
  readonly type: 2 | 3;
  readonly programHeaders: ElfHeaderTable;
  readonly sectionHeaders: ElfHeaderTable;
  readonly sectionNamesIndex: number;
}

export interface ElfHeaderTable {
  readonly offset: number;
  readonly count: number;
  readonly entryBytes: number;
}

export type ElfHeaderResult =
  | { readonly ok: true; readonly header: ElfHeader }
  | { readonly ok: false; readonly problem: ElfProblem };

/** ELF64 little-endian, x86-64 or arm64, a program or a shared library; everything else is named in the problem. */
export function parseElfHeader(source: ByteSource): ElfHeaderResult {
  const bytes = source.read(0, headerBytes);
  if (bytes.length === 0) return refuse('not-elf', 'the file is empty');
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0x7f454c46) {
    return refuse('not-elf', 'it does not begin with the four bytes of an ELF file');
  }
  if (bytes.length < 20) return refuse('truncated', `only ${bytes.length} bytes are left of it`);
  const fileClass = bytes[4];
  const bigEndian = bytes[5] === 2;
  const machine = bigEndian ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18);
  if (fileClass === 1) return refuse('32-bit', `a 32-bit ELF file (${machineName(machine)})`);
  if (fileClass !== 2) return refuse('malformed', `its ELF class is ${fileClass}`);
  if (bigEndian) return refuse('big-endian', `a big-endian ELF file (${machineName(machine)})`);
  if (bytes[5] !== 1) return refuse('malformed', `its byte order is ${bytes[5]}`);
  const architecture = architectures.get(machine);
  if (architecture === undefined) return refuse('other-machine', machineName(machine));
  if (bytes.length < headerBytes) return refuse('truncated', `only ${bytes.length} bytes are left of it`);
  const type = bytes.readUInt16LE(16);
  if (type !== 2 && type !== 3) return refuse('not-executable', fileTypes.get(type) ?? `ELF type ${type}`);
  return {
    ok: true,
    header: {
      architecture,
      type,
      programHeaders: table(bytes, 32, 54),
      sectionHeaders: table(bytes, 40, 58),
      sectionNamesIndex: bytes.readUInt16LE(62),
    },
  };
}

const headerBytes = 64;

const architectures: ReadonlyMap<number, ElfArchitecture> = new Map([
  [62, 'x86-64'],
  [183, 'arm64'],
]);

const fileTypes: ReadonlyMap<number, string> = new Map([
  [1, 'an object file that is not linked yet'],
  [4, 'a core dump'],
]);

function table(bytes: Buffer, offsetAt: number, entryBytesAt: number): ElfHeaderTable {
  return {
    offset: u64At(bytes, offsetAt),
    entryBytes: bytes.readUInt16LE(entryBytesAt),
    count: bytes.readUInt16LE(entryBytesAt + 2),
  };
}

function refuse(code: ElfProblem['code'], detail: string): ElfHeaderResult {
  return { ok: false, problem: { code, detail } };
}
