import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { parseElf, type Elf } from '../../../src/binary/elf.ts';
import { findGoBuildInfo } from '../../../src/binary/go/build-info.ts';
import { parseModuleText } from '../../../src/binary/go/module-text.ts';
import { findVersionString } from '../../../src/binary/go/version-string.ts';
import { buildElf, u32Bytes, u64Bytes, type ElfPart } from '../build-elf.ts';

const base = 0x50_0000;
const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const moduleText = `0123456789abcdefpath\texample.org/cmd\nmod\texample.org\tv1.2.3\nbuild\t-ldflags="-s -w"\nbuild\tGOOS=linux\n0123456789abcdef`;

describe('build info', () => {
  test.each([
    ['in its section', true, 'section .go.buildinfo'],
    ['found by its magic', false, 'search of the segments'],
  ])('strings behind the header (Go ≥ 1.18), %s', (_, hasSection, how) => {
    const bytes = inline('go1.24.4 X:boringcrypto', moduleText);
    const sections = [{ name: '.go.buildinfo', address: base, bytes }];
    const elf = parsed([{ address: base, bytes, access: 'rw' }], hasSection ? sections : undefined);
    expect(findGoBuildInfo(elf)).toEqual({
      version: 'go1.24.4 X:boringcrypto',
      how,
      path: 'example.org/cmd',
      settings: { '-ldflags': '-s -w', GOOS: 'linux' },
    });
  });

  test.each([
    ['in the file', false],
    ['in relocations only', true],
  ])('strings by pointers (Go 1.13 to 1.17), %s', (_, areRelocated) => {
    const version = 'go1.16.15';
    const text = Buffer.from(version + moduleText);
    const words = [
      base + 32,
      base + 48,
      base + 64,
      version.length,
      base + 64 + version.length,
      moduleText.length,
    ];
    const slots = [16, 24, 32, 48];
    const header = Buffer.concat([magic, Buffer.from([8, 0]), u64Bytes(...words), text]);
    const relocations = slots.map((slot) => [base + slot, Number(header.readBigUInt64LE(slot))] as const);
    if (areRelocated) for (const slot of slots) header.fill(0, slot, slot + 8);
    const elf = parsed([
      { address: base, bytes: header, access: 'rw' },
      ...(areRelocated ? dynamic(relocations) : []),
    ]);
    expect(findGoBuildInfo(elf)).toMatchObject({
      version,
      path: 'example.org/cmd',
      settings: { GOOS: 'linux' },
    });
  });

  test.each<[string, Buffer]>([
    ['not aligned', Buffer.concat([Buffer.alloc(8), inline('go1.22.4', moduleText)])],
    ['cut in the version', inline('go1.22.4', moduleText).subarray(0, 36)],
    ['a version with control characters', inline('go1.22\x1b[2J', moduleText)],
    ['an empty version', inline('', moduleText)],
    [
      'a length that never ends',
      Buffer.concat([magic, Buffer.from([8, 2]), Buffer.alloc(16), Buffer.alloc(40, 0xff)]),
    ],
    ['pointers into nowhere', Buffer.concat([magic, Buffer.from([8, 0]), u64Bytes(1, 2)])],
  ])('%s: none', (_, bytes) => {
    expect(findGoBuildInfo(parsed([{ address: base, bytes, access: 'rw' }]))).toBeUndefined();
  });

  test('a module text that is cut does not cost the version', () => {
    const bytes = inline('go1.22.4', moduleText).subarray(0, 60);
    const info = findGoBuildInfo(parsed([{ address: base, bytes, access: 'rw' }]));
    expect(info).toMatchObject({ version: 'go1.22.4', path: '', settings: {} });
  });
});

describe('module text', () => {
  test('any text gives something', () => {
    const words = fc.constantFrom('build', 'path', 'mod', '\t', '\n', '=', '"', '`', '\\', 'a', '__proto__');
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (pieces) => {
        const { path, settings } = parseModuleText(`0123456789abcdef${pieces.join('')}\n0123456789abcdef`);
        expect(typeof path).toBe('string');
        expect(Object.values(settings).every((value) => typeof value === 'string')).toBe(true);
        expect(Object.getPrototypeOf(settings)).toBe(Object.prototype);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['build\tA=b=c', { A: 'b=c' }],
    ['build\t"A B"="c\\"d"', { 'A B': 'c"d' }],
    ['build\tA=`b"c`', { A: 'b"c' }],
    ['build\tA="b', { A: '"b' }],
    ['build\tA', {}],
    ['build', {}],
  ])('%j', (line, settings) => {
    expect(parseModuleText(`0123456789abcdef${line}\n0123456789abcdef`).settings).toEqual(settings);
  });

  test('without its marks there is no text', () => {
    expect(parseModuleText('path\ta\nbuild\tA=b\n')).toEqual({ path: '', settings: {} });
  });
});

describe('version string', () => {
  const text = Buffer.from('undefinedgo1.21.3go1.22go1.24.4 X:nocoverageredesigndevel go1.25-abcgo1.9');
  const at = (part: string): number => base + text.indexOf(part);

  test.each<[string, readonly (readonly [number, number])[], string | undefined]>([
    ['the only one that a pair cuts out', [[at('go1.21'), 8]], 'go1.21.3'],
    ['with an experiment', [[at('go1.24'), 29]], 'go1.24.4 X:nocoverageredesign'],
    ['a development version', [[at('devel'), 16]], 'devel go1.25-abc'],
    [
      'the highest of several',
      [
        [at('go1.9'), 5],
        [at('go1.21'), 8],
        [at('go1.22'), 6],
      ],
      'go1.22',
    ],
    ['a pair that cuts too long', [[at('go1.21'), 9]], undefined],
    ['a pair that cuts too short', [[at('go1.21'), 4]], undefined],
    ['no pair', [], undefined],
  ])('%s', (_, pairs, version) => {
    const data = Buffer.concat([u64Bytes(7, ...pairs.flat(), 7), Buffer.alloc(3)]);
    const segments: ElfPart[] = [
      { address: base, bytes: text },
      { address: 0x70_0000, bytes: data, access: 'rw' },
    ];
    expect(findVersionString(parsed(segments))).toBe(version);
  });

  test('by a relocation where the file holds no pointer', () => {
    const data = u64Bytes(0, 8);
    const elf = parsed([
      { address: base, bytes: text },
      { address: 0x70_0000, bytes: data, access: 'rw' },
      ...dynamic([[0x70_0000, at('go1.21')]]),
    ]);
    expect(findVersionString(elf)).toBe('go1.21.3');
  });

  test('a pair at the seam of two chunks', () => {
    const data = Buffer.alloc(600 * 1024);
    u64Bytes(at('go1.21'), 8).copy(data, 256 * 1024 - 8);
    const segments: ElfPart[] = [
      { address: base, bytes: text },
      { address: 0x70_0000, bytes: data, access: 'rw' },
    ];
    expect(findVersionString(parsed(segments))).toBe('go1.21.3');
  });
});

function inline(version: string, text: string): Buffer {
  const header = Buffer.concat([magic, Buffer.from([8, 2]), Buffer.alloc(16)]);
  return Buffer.concat([header, varintString(version), varintString(text)]);
}

function varintString(text: string): Buffer {
  const prefix: number[] = [];
  let length = text.length;
  for (; length >= 0x80; length >>= 7) prefix.push((length & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...prefix, length]), Buffer.from(text)]);
}

function dynamic(relocations: readonly (readonly [number, number])[]): ElfPart[] {
  const address = 0x80_0000;
  const rela = relocations.map(([slot, pointer]) =>
    Buffer.concat([u64Bytes(slot), u32Bytes(8, 0), u64Bytes(pointer)]),
  );
  const tags = u64Bytes(7, address + 48, 8, relocations.length * 24, 0, 0);
  return [
    { address, bytes: Buffer.concat([tags, ...rela]), access: 'rw' },
    { type: 2, address, bytes: tags },
  ];
}

function parsed(
  segments: readonly ElfPart[],
  sections?: readonly { readonly name: string; readonly address: number; readonly bytes: Buffer }[],
): Elf {
  const result = parseElf(bytesSource(buildElf({ type: 3, segments, ...(sections && { sections }) })));
  if (!result.ok) throw new Error(result.problem.detail);
  return result.elf;
}
