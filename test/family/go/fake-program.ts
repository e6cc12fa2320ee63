import { listCode } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';
import { parseElf } from '../../../src/binary/elf.ts';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import type { GoCode } from '../../../src/family/go/go-code.ts';
import type { GoProgram } from '../../../src/family/go/go-program.ts';

/** A program that has these functions, at addresses of its own, and one segment. */
export function fakeProgram(options: {
  readonly functions?: Readonly<Record<string, number>>;
  readonly convention?: GoProgram['convention'];
  readonly tlsPackages?: readonly string[];
}): GoProgram {
  const { functions = {}, convention = 'register', tlsPackages = ['crypto/tls'] } = options;
  const entries = Object.entries(functions);
  const parsed = parseElf(bytesSource(smallestElf()));
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  return {
    elf: parsed.elf,
    // Nothing under test reads the table itself.
    table: undefined as never,
    convention,
    functions: {
      tlsPackages,
      forkReads: [],
      nameAt: (address) => entries.find(([, at]) => at === address)?.[0],
      named: (name) =>
        entries
          .filter(([known]) => known === name)
          .map(([, address]) => ({
            name,
            address,
            endAddress: address + 16,
            fileOffset: address,
            sizeBytes: 16,
          })),
    },
  };
}

/** A function at address 0 whose code is `hex`. */
export function fakeCode(hex: string): GoCode {
  const bytes = Buffer.from(hex, 'hex');
  const sizeBytes = bytes.length;
  return {
    function: { name: 'f', address: 0, endAddress: sizeBytes, fileOffset: 0, sizeBytes },
    occurrences: 1,
    bytes,
    listing: listCode(bytes, machines['x86-64'].decode),
    stackCheck: { found: false, reason: 'not looked for', callsMorestack: false },
  };
}

/** An x86-64 program whose only segment is loaded at 4 MiB and takes 8 KiB of memory. */
function smallestElf(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('7f454c46020101', 0, 'hex');
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeUInt32LE(64, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  // PT_LOAD, readable and executable.
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(5, 68);
  bytes.writeUInt32LE(0x400000, 80);
  bytes.writeUInt32LE(0x400000, 88);
  bytes.writeUInt32LE(4096, 96);
  bytes.writeUInt32LE(8192, 104);
  bytes.writeUInt32LE(4096, 112);
  return bytes;
}
