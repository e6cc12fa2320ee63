import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../src/binary/bytes-source.ts';
import type { ByteSource } from '../../src/binary/byte-source.ts';
import { analyse } from './analyse.ts';
import { u32Bytes, u64Bytes } from './build-elf.ts';
import { buildGoProgram } from './go/build-go-program.ts';

const timeLimitMs = 5_000;
const memoryLimitBytes = 300e6;

test('any bytes are refused or understood', () => {
  const outcomes = new Set<string>();
  const start = Buffer.from('7f454c460201010000000000000000000200', 'hex');
  const bytes = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 400 }));
  fc.assert(
    fc.property(bytes, ([isElf, rest]) => {
      outcomes.add(analyse(bytesSource(Buffer.concat([isElf ? start : Buffer.alloc(0), rest]))).outcome);
    }),
    { numRuns: 3_000 },
  );
  expect([...outcomes]).toContain('not-elf');
  expect(outcomes.size).toBeGreaterThan(2);
});

test('programs with anything overwritten are refused or understood, and quickly', () => {
  const programs = (['1.2', '1.16', '1.18', '1.20'] as const).flatMap((layout) =>
    (['in place', 'relocations'] as const).map((pointers) => {
      const functions = ['runtime.memmove', 'a.(*Conn).Read', 'b.(*Conn).Write', 'main.main'];
      return buildGoProgram({
        layout,
        pointers,
        functions: functions.map((name) => ({ name, sizeBytes: 32 })),
        textStartInHeader: pointers === 'in place',
        sections: { table: '.gopclntab', moduledata: '.go.module' },
      }).file;
    }),
  );
  const words = [
    0,
    1,
    0x7f,
    0xff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x1_0000_0000,
    2 ** 53,
    2 ** 63,
    2 ** 64 - 2048,
  ];
  const change = fc.record({
    // Most fields are near the start, in the table or at the end.
    place: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 20_000 }), fc.integer({ min: -800, max: -1 })),
    lengthBytes: fc.constantFrom(1, 2, 4, 8),
    value: fc.oneof(fc.constantFrom(...words), fc.nat({ max: 300 }), fc.nat()),
  });
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.nat({ max: programs.length - 1 }),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (index, changes) => {
        const file = Buffer.from(programs[index] ?? Buffer.alloc(0));
        for (const { place, lengthBytes, value } of changes) {
          const position = place < 0 ? file.length + place : place % file.length;
          u64Bytes(Math.min(value, 2 ** 64 - 2048)).copy(file, position, 0, lengthBytes);
        }
        const started = performance.now();
        const { outcome, functionCount } = analyse(bytesSource(file));
        expect(performance.now() - started).toBeLessThan(timeLimitMs);
        expect(functionCount).toBeLessThan(file.length);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      },
    ),
    { numRuns: 7_000 },
  );
  // Neither all refused nor all untouched.
  expect(outcomes.get('table')).toBeGreaterThan(500);
  expect(outcomes.size).toBeGreaterThan(5);
});

describe('large files that hold the same thing everywhere', () => {
  const sizeBytes = 128 * 1024 * 1024;
  const address = 0x40_0000;
  const magic = Buffer.from('f1ffffff00000108', 'hex');
  const table = Buffer.concat([
    magic,
    u64Bytes(1000, 1, address, 72, 80, 88, 96, 4096),
    Buffer.alloc(56, 'runtime.memmove\0'),
  ]);
  test.each<[string, Buffer, readonly (readonly [number, number])[]]>([
    ['zeros', Buffer.alloc(4096), []],
    ['magics of the table', magic, []],
    ['headers of the table', table, []],
    ['headers in many segments', table, Array.from({ length: 1_000 }, (_, index) => [1, index * 8] as const)],
    ['pointers', u64Bytes(address + 0x1000), []],
    ['magics of build info', Buffer.from('\xff Go buildinf:\x08\x02', 'latin1'), []],
    ['versions', Buffer.from('go1.22.4'), []],
    ['relocations', Buffer.concat([u64Bytes(address + 0x2000), u32Bytes(8, 0), u64Bytes(address)]), [[2, 0]]],
    ['relocations out of order', relocationsOutOfOrder(), [[2, 0]]],
    ['marks of shared Go libraries', Buffer.from('link.abihash.libx.so\0'), [[2, 0]]],
  ])('%s', (_, pattern, headers) => {
    expectBounded(hostileSource(sizeBytes, pattern, headers));
  });

  test('a table of millions of functions, records in no order', () => {
    const functionCount = 14_000_000;
    const entries = 72 + 4096;
    const head = Buffer.concat([
      magic,
      u64Bytes(functionCount, 1, address, 72, 72 + 4096, 72 + 4096, 72 + 4096, entries),
    ]);
    const names = Buffer.alloc(4096, 'runtime.memmove\0');
    // Entries and records look alike: pc 0, name or record offset that jumps to and fro.
    const pattern = Buffer.concat([
      u32Bytes(0, 0),
      u32Bytes(0, 64 * 1024 * 1024),
      u32Bytes(0, 0),
      u32Bytes(0, 64),
    ]);
    const { functionCount: found } = expectBounded(
      hostileSource(sizeBytes, pattern, [], Buffer.concat([head, names])),
    );
    expect(found).toBeLessThanOrEqual(65_536);
  });

  test('a table whose names are all wanted', () => {
    const functionCount = 1_000;
    const namesEnd = 100 * 1024 * 1024;
    const head = Buffer.concat([
      magic,
      u64Bytes(functionCount, 1, address, 72, namesEnd, namesEnd, namesEnd, namesEnd),
    ]);
    expectBounded(hostileSource(sizeBytes, Buffer.from('a.(*Conn).Read\0\0'), [], head));
  });
});

function expectBounded(source: ByteSource): { readonly functionCount: number } {
  const memory = process.memoryUsage.rss();
  const started = performance.now();
  const result = analyse(source);
  expect(performance.now() - started).toBeLessThan(timeLimitMs);
  expect(process.memoryUsage.rss() - memory).toBeLessThan(memoryLimitBytes);
  return result;
}

/**
 * A file that is nowhere in memory: ELF and program headers, `head`, then `pattern` to its end. One segment holds it all,
 * executable and writable; further headers are {type, offset} and reach from there to the end.
 */
function hostileSource(
  sizeBytes: number,
  pattern: Buffer,
  headers: readonly (readonly [number, number])[],
  head: Buffer = Buffer.alloc(0),
): ByteSource {
  const all = [[1, 0] as const, ...headers];
  const hasDynamic = headers.some(([type]) => type === 2);
  // RELA, strings and one needed library: all that follows the dynamic section, which follows the headers.
  const dynamic = u64Bytes(7, 0x40_1000, 8, sizeBytes, 5, 0x40_1000, 10, sizeBytes, 1, 13, 0, 0);
  const elf = Buffer.alloc(64 + all.length * 56);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(elf);
  elf.writeUInt16LE(3, 16);
  elf.writeUInt16LE(62, 18);
  elf.writeUInt8(64, 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(all.length, 56);
  for (const [index, [type, place]] of all.entries()) {
    const offset = type === 2 ? elf.length : place;
    const length = sizeBytes - offset;
    const header = [u32Bytes(type, 7), u64Bytes(offset, 0x40_0000 + offset, 0, length, length, 8)];
    Buffer.concat(header).copy(elf, 64 + index * 56);
  }
  const start = Buffer.concat([elf, hasDynamic ? dynamic : head]);
  const repeated = Buffer.alloc(
    pattern.length * (Math.ceil((2 * 1024 * 1024) / pattern.length) + 1),
    pattern,
  );
  const readInto = (offset: number, target: Buffer): number => {
    const length = Math.max(0, Math.min(target.length, sizeBytes - offset));
    let filled =
      offset < start.length ? start.copy(target, 0, offset, Math.min(start.length, offset + length)) : 0;
    while (filled < length) {
      const phase = (offset + filled - start.length) % pattern.length;
      filled += repeated.copy(target, filled, phase, phase + Math.min(length - filled, 2 * 1024 * 1024));
    }
    return length;
  };
  return {
    sizeBytes,
    readInto,
    read(offset, length) {
      const target = Buffer.allocUnsafe(Math.max(0, Math.min(length, sizeBytes - offset)));
      return target.subarray(0, readInto(offset, target));
    },
  };
}

function relocationsOutOfOrder(): Buffer {
  const slots = Array.from({ length: 1_000 }, (_, index) => 0x40_0000 + ((index * 7_919) % 100_000) * 8);
  return Buffer.concat(slots.flatMap((slot) => [u64Bytes(slot), u32Bytes(8, 0), u64Bytes(0x40_1000)]));
}
