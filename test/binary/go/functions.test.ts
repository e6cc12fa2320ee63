import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { parseElf, type Elf } from '../../../src/binary/elf.ts';
import { findGoFunctions } from '../../../src/binary/go/functions.ts';
import type { GoFunctionNames } from '../../../src/binary/go/function-names.ts';
import { findGoTable } from '../../../src/binary/go/go-table.ts';
import { buildGoProgram, tableAddress, type GoProgramParts } from './build-go-program.ts';

const layouts = ['1.2', '1.16', '1.18', '1.20'] as const;
const some = [
  { name: 'runtime.text', sizeBytes: 32 },
  { name: 'runtime.memmove', sizeBytes: 64 },
  { name: 'example.org/tls.(*Conn).Read', sizeBytes: 960 },
  { name: 'runtime.memmove', sizeBytes: 16 },
  { name: 'main.main', sizeBytes: 48 },
];

test.each(layouts)('layout %s: by name and by end, every occurrence', (layout) => {
  const { file, functions } = buildGoProgram({ layout, functions: some, otherNames: ['main.memmove', 'x'] });
  const named = (name: string): unknown => functions.filter((built) => built.name === name);
  expect(found(file, { exact: ['runtime.memmove'] })).toEqual(named('runtime.memmove'));
  expect(found(file, { suffixes: ['.(*Conn).Read'] })).toEqual(named('example.org/tls.(*Conn).Read'));
  expect(found(file, { exact: ['main.main', 'main.mai', 'ain.main', 'main.memmove'] })).toEqual(
    named('main.main'),
  );
  expect(found(file, { suffixes: ['memmove', '.main'] })).toEqual([
    ...(named('runtime.memmove') as []),
    ...(named('main.main') as []),
  ]);
  expect(found(file, {})).toEqual([]);
});

const names = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a.b', 'a.bc', 'xa.b', 'a.b.func1', 'pkg.(*T).Read', 'q/pkg.(*T).Read'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom('a', '.', 'π', '('), minLength: 2, maxLength: 5 }),
  },
);
const programs: fc.Arbitrary<GoProgramParts> = fc.record({
  layout: fc.constantFrom(...layouts),
  architecture: fc.constantFrom('x86-64', 'arm64'),
  functions: fc.array(fc.record({ name: names, sizeBytes: fc.integer({ min: 1, max: 40 }) }), {
    minLength: 1,
    maxLength: 40,
  }),
  otherNames: fc.array(names, { maxLength: 4 }),
  codeBeforeBytes: fc.constantFrom(0, 0x140),
  pointers: fc.constantFrom('in place', 'relocations', 'unsorted relocations'),
  textStartInHeader: fc.boolean(),
  sections: fc.constantFrom(
    undefined,
    { table: '.gopclntab' },
    { table: '.data.rel.ro.gopclntab' },
    { table: '.gopclntab', moduledata: '.go.module' },
    { table: '.rodata', moduledata: '.noptrdata' },
  ),
}) as fc.Arbitrary<GoProgramParts>;

test('any program: exactly the functions that are asked for', () => {
  fc.assert(
    fc.property(programs, fc.array(names), fc.array(names), (program, exact, suffixes) => {
      const { file, functions } = buildGoProgram(program);
      const expected = functions.filter(
        ({ name }) => exact.includes(name) || suffixes.some((suffix) => name.endsWith(suffix)),
      );
      expect(found(file, { exact, suffixes })).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});

test.each<[string, Partial<GoProgramParts>, string]>([
  ['in the header', {}, 'header'],
  ['by a relocation of the header', { pointers: 'relocations' }, 'header relocation'],
  ['in the module data', { textStartInHeader: false }, 'moduledata'],
  ['in the module data, by relocations', { textStartInHeader: false, pointers: 'relocations' }, 'moduledata'],
  [
    'in the section of the module data',
    { textStartInHeader: false, sections: { table: '.gopclntab', moduledata: '.go.module' } },
    'moduledata',
  ],
])('the text base is found %s, with C code before it', (_, parts, how) => {
  const { file, textAddress } = buildGoProgram({
    layout: '1.20',
    functions: some,
    codeBeforeBytes: 0x7c0,
    ...parts,
  });
  const result = findGoTable(elfOf(file));
  expect(result).toMatchObject({ ok: true, table: { textBase: { address: textAddress, how } } });
});

test('addresses of Go up to 1.17 count from nothing', () => {
  const { file } = buildGoProgram({ layout: '1.16', functions: some });
  expect(findGoTable(elfOf(file))).toMatchObject({ ok: true, table: { textBase: null } });
});

test('a table whose text base is nowhere is said to be that', () => {
  const { file } = buildGoProgram({ layout: '1.20', functions: some, textStartInHeader: false });
  const pointer = Buffer.alloc(8);
  pointer.writeBigUInt64LE(BigInt(tableAddress));
  file.fill(0, file.lastIndexOf(pointer), file.lastIndexOf(pointer) + 8);
  expect(findGoTable(elfOf(file))).toMatchObject({ ok: false, problem: { code: 'no-text-base' } });
});

test.each<[string, (file: Buffer, table: number) => void]>([
  ['another magic', (file, table) => file.writeUInt32LE(0xffff_fff7, table)],
  ['a pointer size of 4', (file, table) => file.writeUInt8(4, table + 7)],
  ['the instruction unit of another machine', (file, table) => file.writeUInt8(4, table + 6)],
  ['no functions', (file, table) => file.writeUInt32LE(0, table + 8)],
  ['more functions than the file could hold', (file, table) => file.writeUInt32LE(0x7fff_ffff, table + 8)],
  ['parts out of order', (file, table) => file.writeUInt32LE(0xffff, table + 32)],
  ['a first record that is none', (file, table) => file.writeUInt32LE(0x1234, entries(file, table) + 0)],
  [
    'a last record outside',
    (file, table) => file.writeUInt32LE(0x7fff_0000, entries(file, table) + 4 * 8 + 4),
  ],
])('no table: %s', (_, damage) => {
  const { file } = buildGoProgram({ layout: '1.20', functions: some });
  const table = file.indexOf(Buffer.from('f1ffffff00000108', 'hex'));
  expect(table).toBeGreaterThan(0);
  damage(file, table);
  expect(findGoTable(elfOf(file))).toMatchObject({ ok: false, problem: { code: 'no-table' } });
});

test('a section that is called like the table but holds something else does not hide the table', () => {
  const { file, functions } = buildGoProgram({
    layout: '1.20',
    functions: some,
    sections: { table: '.gopclntab' },
  });
  // Its section header: the only place that has its address as a section address.
  const address = Buffer.alloc(8);
  address.writeBigUInt64LE(BigInt(tableAddress));
  const header = file.lastIndexOf(address) - 16;
  file.writeUInt32LE(64, header + 24);
  expect(found(file, { exact: ['main.main'] })).toEqual(functions.slice(4));
});

test.each(['in place', 'relocations'] as const)(
  'another Go program inside this one is not taken for it: %s',
  (pointers) => {
    const inner = buildGoProgram({ layout: '1.20', functions: [{ name: 'main.main', sizeBytes: 16 }] });
    const outer = buildGoProgram({ layout: '1.20', functions: some, pointers, embedded: inner.file });
    expect(found(outer.file, { exact: ['main.main'] })).toEqual(outer.functions.slice(4));
  },
);

test('a function outside executable bytes of the file is left out', () => {
  const { file, functions } = buildGoProgram({ layout: '1.20', functions: some });
  const table = file.indexOf(Buffer.from('f1ffffff00000108', 'hex'));
  // The text start moves: the last functions then end beyond the code.
  file.writeUInt32LE(file.readUInt32LE(table + 24) + 100, table + 24);
  const all = { exact: some.map(({ name }) => name) };
  expect(found(file, all).map(({ name }) => name)).toEqual(functions.slice(0, 2).map(({ name }) => name));
  file.writeUInt32LE(0x50_0000, table + 24);
  expect(found(file, all)).toEqual([]);
});

function entries(file: Buffer, table: number): number {
  return table + file.readUInt32LE(table + 64);
}

function elfOf(file: Buffer): Elf {
  const parsed = parseElf(bytesSource(file));
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  return parsed.elf;
}

function found(
  file: Buffer,
  wanted: GoFunctionNames,
): readonly { readonly name: string; readonly address: number; readonly endAddress: number }[] {
  const elf = elfOf(file);
  const result = findGoTable(elf);
  if (!result.ok) throw new Error(result.problem.detail);
  return findGoFunctions(result.table, wanted).map(({ name, address, endAddress, fileOffset, sizeBytes }) => {
    expect(sizeBytes).toBe(endAddress - address);
    expect(fileOffset).toBe(elf.fileOffset(address));
    return { name, address, endAddress };
  });
}
