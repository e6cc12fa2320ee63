import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bytesSource } from '../../src/binary/bytes-source.ts';
import { parseElf, type Elf } from '../../src/binary/elf.ts';
import { openFileSource } from '../../src/binary/file-source.ts';
import { buildElf, u32Bytes, u64Bytes, type ElfParts } from './build-elf.ts';

const code = { address: 0x40_1000, bytes: Buffer.from('code of the program'), access: 'rx' } as const;
const data = {
  address: 0x50_0000,
  bytes: Buffer.from('its data, its data, its data'),
  access: 'rw',
} as const;
const plain: ElfParts = { segments: [code, data] };

test.each<[string, Buffer, string, RegExp]>([
  ['empty', Buffer.alloc(0), 'not-elf', /empty/],
  ['text', Buffer.from('#!/bin/sh\nexit\n'), 'not-elf', /four bytes/],
  ['three bytes of the magic', Buffer.from('\x7fEL'), 'not-elf', /four bytes/],
  ['only the magic', buildElf(plain).subarray(0, 4), 'truncated', /4 bytes/],
  ['half a header', buildElf(plain).subarray(0, 40), 'truncated', /40 bytes/],
  ['no room for program headers', buildElf(plain).subarray(0, 100), 'truncated', /program headers/],
  ['cut in a segment', buildElf(plain).subarray(0, -3), 'truncated', /3 bytes beyond/],
  ['32-bit', changed(4, 1), '32-bit', /x86-64/],
  ['an unknown class', changed(4, 9), 'malformed', /class is 9/],
  ['big-endian', changed(5, 2), 'big-endian', /ELF/],
  ['an unknown byte order', changed(5, 7), 'malformed', /order is 7/],
  ['RISC-V', changed(18, 243), 'other-machine', /^RISC-V$/],
  ['an unknown machine', changed(18, 250), 'other-machine', /^machine 250$/],
  ['an object file', changed(16, 1), 'not-executable', /not linked/],
  ['a core dump', changed(16, 4), 'not-executable', /core dump/],
  ['program headers of another size', changed(54, 57), 'malformed', /57 bytes/],
  ['no program headers', changed(56, 0), 'malformed', /no program headers/],
  ['too many program headers', changed(57, 0xff), 'malformed', /65282/],
  ['no loadable segment', buildElf({ segments: [{ ...code, type: 4 }] }), 'malformed', /none/],
  ['a segment at the end of all addresses', changed(64 + 16 + 7, 0xff), 'malformed', /outside the addresses/],
  ['a segment that lies about its size', changed(64 + 32 + 6, 1), 'truncated', /beyond/],
])('refused: %s', (_, bytes, problem, detail) => {
  const result = parseElf(bytesSource(bytes));
  expect(result).toMatchObject({ ok: false, problem: { code: problem } });
  expect(result.ok ? '' : result.problem.detail).toMatch(detail);
});

test('a big-endian 32-bit machine is named by its own byte order', () => {
  const bytes = changed(4, 1);
  bytes[5] = 2;
  bytes.writeUInt16BE(8, 18);
  const result = parseElf(bytesSource(bytes));
  expect(result).toEqual({ ok: false, problem: { code: '32-bit', detail: 'a 32-bit ELF file (MIPS)' } });
});

test('addresses and file offsets belong together, at the edges too', () => {
  const elf = parsed(buildElf(plain));
  const start = elf.fileOffset(code.address) ?? 0;
  expect(elf.source.read(start, 4).toString()).toBe('code');
  expect(elf.fileOffset(code.address + 18)).toBe(start + 18);
  expect(elf.fileOffset(code.address + 19)).toBeUndefined();
  expect(elf.fileOffset(code.address - 1)).toBeUndefined();
  expect(elf.address(start + 18)).toBe(code.address + 18);
  expect(elf.address(0)).toBeUndefined();
  expect(elf.read(data.address + 4, 4).toString()).toBe('data');
  expect(elf.read(data.address + 24, 100).toString()).toBe('data');
  expect(elf.segmentAt(code.address)).toMatchObject({ executable: true, writable: false });
  expect(elf.segmentAt(data.address)).toMatchObject({ executable: false, writable: true });
});

test('a segment without bytes in the file may lie anywhere', () => {
  const bytes = buildElf({ segments: [code, { address: 0x70_0000, bytes: Buffer.alloc(0), access: 'rw' }] });
  bytes.writeUInt32LE(0x7fff_ffff, 64 + 56 + 8);
  expect(parsed(bytes).fileOffset(0x70_0000)).toBeUndefined();
});

test('sections by name; without a symbol table it is stripped', () => {
  const text = { name: '.text', address: code.address, bytes: code.bytes };
  const symbols = { name: '.symtab', type: 2, address: 0, bytes: Buffer.alloc(24) };
  const elf = parsed(buildElf({ ...plain, sections: [text, symbols] }));
  expect(elf.section('.text')).toMatchObject({ address: code.address, sizeBytes: 19 });
  expect(elf.section('.data')).toBeUndefined();
  expect(elf.hasSymbolTable).toBe(true);
  expect(parsed(buildElf({ ...plain, sections: [text] })).hasSymbolTable).toBe(false);
  expect(parsed(buildElf(plain)).sections).toEqual([]);
});

test.each([
  ['beyond the end of the file', (bytes: Buffer): unknown => bytes.writeUInt32LE(0x7fff_ffff, 40)],
  ['cut off', (bytes: Buffer): unknown => bytes.writeUInt16LE(60_000, 60)],
  ['of an unknown size', (bytes: Buffer): unknown => bytes.writeUInt16LE(32, 58)],
])('section headers %s are as good as none: a program runs without them', (_, change) => {
  const text = { name: '.text', address: code.address, bytes: code.bytes };
  const bytes = buildElf({ ...plain, sections: [text] });
  change(bytes);
  expect(parsed(bytes).sections).toEqual([]);
});

test('names of sections that lie: no index, no end', () => {
  const text = { name: '.text', address: code.address, bytes: code.bytes };
  const bytes = buildElf({ ...plain, sections: [text] });
  bytes.writeUInt16LE(77, 62);
  expect(parsed(bytes).sections.map(({ name }) => name)).toEqual(['', '', '']);
});

test('what the dynamic section says', () => {
  const strings = Buffer.from('\0libc.so.6\0libz.so.1\0libself.so\0');
  const base = 0x60_0000;
  const dynamic = u64Bytes(1, 1, 1, 11, 5, base + 0x200, 10, strings.length, 14, 21, 0, 0, 1, 1);
  const bytes = Buffer.concat([dynamic, Buffer.alloc(0x200 - dynamic.length), strings]);
  const library = parsed(
    buildElf({
      type: 3,
      segments: [code, { address: base, bytes, access: 'rw' }, { type: 2, address: base, bytes: dynamic }],
    }),
  );
  expect(library.dynamic).toMatchObject({
    neededLibraries: ['libc.so.6', 'libz.so.1'],
    libraryName: 'libself.so',
    markedPie: false,
  });
  expect(library.kind).toBe('shared-library');
});

test.each<[string, number, readonly [number, number][], boolean, Elf['kind']]>([
  ['ET_EXEC', 2, [], true, 'executable'],
  ['ET_DYN without a dynamic section', 3, [], false, 'pie'],
  ['ET_DYN with a loader', 3, [[30, 0]], true, 'pie'],
  ['ET_DYN marked DF_1_PIE', 3, [[0x6fff_fffb, 0x0800_0001]], false, 'pie'],
  ['ET_DYN with neither', 3, [[30, 0]], false, 'shared-library'],
  ['a library with a loader, as libc.so.6', 3, [[14, 0]], true, 'shared-library'],
])('%s', (_, type, tags, hasLoader, kind) => {
  const base = 0x60_0000;
  const dynamic = u64Bytes(...tags.flat(), 0, 0);
  const loader = { address: base + 0x800, bytes: Buffer.from('/lib/ld.so\0') };
  const bytes = Buffer.concat([dynamic, Buffer.alloc(0x800 - dynamic.length), loader.bytes]);
  const elf = parsed(
    buildElf({
      type,
      segments: [
        code,
        { address: base, bytes },
        ...(tags.length > 0 ? [{ type: 2, address: base, bytes: dynamic }] : []),
        ...(hasLoader ? [{ type: 3, ...loader }] : []),
      ],
    }),
  );
  expect(elf.kind).toBe(kind);
  expect(elf.interpreter).toBe(hasLoader ? '/lib/ld.so' : null);
});

test('the GNU build-id is found behind other notes', () => {
  const go = Buffer.concat([u32Bytes(4, 5, 4), Buffer.from('Go\0\0'), Buffer.from('abcde\0\0\0')]);
  const gnu = Buffer.concat([u32Bytes(4, 4, 3), Buffer.from('GNU\0'), Buffer.from('c0ffee99', 'hex')]);
  const notes = Buffer.concat([go, gnu]);
  const at = { address: 0x60_0000, bytes: notes };
  expect(parsed(buildElf({ segments: [code, at, { type: 4, ...at }] })).buildId).toBe('c0ffee99');
  const none = { address: 0x60_0000, bytes: go };
  expect(parsed(buildElf({ segments: [code, none, { type: 4, ...none }] })).buildId).toBeNull();
  notes.writeUInt32LE(0xffff_ffff, 0);
  expect(parsed(buildElf({ segments: [code, at, { type: 4, ...at }] })).buildId).toBeNull();
});

test('the Node that runs this: the same as readelf says', (context) => {
  const readelf = spawnSync('readelf', ['-SWdln', process.execPath], { encoding: 'utf8' });
  if (readelf.status !== 0) return context.skip('readelf is not installed');
  const result = openFileSource(process.execPath);
  if (!result.ok) throw new Error(result.problem.detail);
  using source = result.source;
  const parsedNode = parseElf(source);
  if (!parsedNode.ok) throw new Error(parsedNode.problem.detail);
  const { elf } = parsedNode;
  const needed = [...readelf.stdout.matchAll(/\(NEEDED\) .*\[(.*)\]/g)].map(([, name]) => name);
  expect(elf.dynamic?.neededLibraries ?? []).toEqual(needed);
  expect(elf.interpreter).toBe(/interpreter: (.*)\]/.exec(readelf.stdout)?.[1] ?? null);
  expect(elf.buildId).toBe(/Build ID: (\w+)/.exec(readelf.stdout)?.[1] ?? null);
  const sections = [...readelf.stdout.matchAll(/^ {2}\[ *\d+\] (\S+) +\S+ +([0-9a-f]{16}) ([0-9a-f]{6,})/gm)];
  expect(sections.length).toBeGreaterThan(10);
  for (const [, name = '', address = '', offset = ''] of sections) {
    const here = elf.sections.find((section) => section.name === name);
    expect(here, name).toMatchObject({
      address: Number.parseInt(address, 16),
      offset: Number.parseInt(offset, 16),
    });
  }
  return undefined;
});

function changed(position: number, value: number): Buffer {
  const bytes = buildElf(plain);
  bytes[position] = value;
  return bytes;
}

function parsed(bytes: Buffer): Elf {
  const result = parseElf(bytesSource(bytes));
  if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.detail}`);
  return result.elf;
}
