import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../src/binary/bytes-source.ts';
import { parseElf } from '../../src/binary/elf.ts';
import { recognizeBinary, type Recognition } from '../../src/binary/recognize.ts';
import { goBuilds } from '../support/go-builds.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { provideLinksharedProgram } from '../support/linkshared-program.ts';
import { needProvided } from '../support/need-provided.ts';
import { obfuscate, provideGccgoProgram } from '../support/odd-file.ts';
import { buildElf, u64Bytes, type ElfPart, type ElfParts } from './build-elf.ts';
import { buildGoProgram, type GoProgramParts } from './go/build-go-program.ts';

const code: ElfPart = { address: 0x40_1000, bytes: Buffer.from('code'), access: 'rx' };

test('UPX: its mark follows the program headers', () => {
  const bytes = buildElf({ segments: [code] });
  const packed = Buffer.concat([bytes.subarray(0, 120), Buffer.from('sum!UPX!'), bytes.subarray(128)]);
  expect(recognized(packed)).toMatchObject({
    kind: 'upx',
    evidence: expect.stringContaining('UPX!') as string,
  });
  // Text of the program itself is no mark.
  expect(
    recognized(buildElf({ segments: [{ ...code, bytes: Buffer.from('a text about UPX!') }] })).kind,
  ).toBe('unknown');
});

describe('gccgo', () => {
  test.each<[string, ElfParts, RegExp]>([
    ['its library', withLibraries(['libgo.so.21', 'libc.so.6']), /libgo\.so\.21/],
    ['its section', { segments: [code], sections: [section('.go_export')] }, /\.go_export/],
    ['text of its runtime', withText('%s:%U: libgo assertion failure\n\0'), /libgo assertion failure/],
  ])('%s', (_, parts, evidence) => {
    const result = recognized(buildElf(parts));
    expect(result.kind).toBe('gccgo');
    expect(result.evidence).toMatch(evidence);
  });

  test('a real program', async (context) => {
    const program = needProvided(context, await provideGccgoProgram());
    expect(recognized(readFileSync(program)).kind).toBe('gccgo');
  });

  test('other libraries are not its own', () => {
    expect(recognized(buildElf(withLibraries(['libgoa.so', 'libgo.sox']))).kind).toBe('unknown');
  });
});

describe('TinyGo', () => {
  test.each<[string, ElfParts, RegExp]>([
    ['the producer in its debug information', debugText('.debug_str', 'x\0TinyGo\0'), /\.debug_str/],
    ['its symbols', debugText('.strtab', '\0main.main\0tinygo_scanstack\0'), /tinygo_/],
    ['text of its runtime', withText('panic: runtime error at : caught signal'), /runtime error at/],
  ])('%s', (_, parts, evidence) => {
    const result = recognized(buildElf(parts));
    expect(result.kind).toBe('tinygo');
    expect(result.evidence).toMatch(evidence);
  });
});

describe('garble', () => {
  const program: GoProgramParts = { layout: '1.20', functions: [{ name: 'main.main', sizeBytes: 16 }] };

  test.each<[string, GoProgramParts['sections']]>([
    ['in its section', { table: '.gopclntab' }],
    ['without sections', undefined],
  ])('a table with a magic of its own, %s', (_, sections) => {
    const { file } = buildGoProgram({ ...program, ...(sections && { sections }) });
    expect(recognized(file).kind).toBe('unknown');
    file.writeUInt32LE(0x7d64_1be1, file.indexOf(Buffer.from('f1ffffff00000108', 'hex')));
    const result = recognized(file);
    expect(result.kind).toBe('garble');
    expect(result.evidence).toContain('7d641be1');
  });

  // What follows the header is aligned up to Go 1.25, and not since.
  test.for(['stripped121', 'strippedPie127'] as const)('a real program: %s', async (name, context) => {
    const program = readFileSync(needProvided(context, await provideGoProgram(goBuilds[name])));
    expect(recognized(program).kind).toBe('unknown');
    expect(recognized(obfuscate(program)).kind).toBe('garble');
  });

  test('"unknown" for a version', () => {
    const header = Buffer.from('\xff Go buildinf:\x08\x02'.padEnd(32, '\0'), 'latin1');
    const data = (version: string): ElfPart => ({
      address: 0x50_0000,
      access: 'rw',
      bytes: Buffer.concat([header, Buffer.from([version.length]), Buffer.from(version), Buffer.alloc(9)]),
    });
    expect(recognized(buildElf({ segments: [code, data('unknown')] })).kind).toBe('garble');
    expect(recognized(buildElf({ segments: [code, data('go1.26.8')] })).kind).toBe('unknown');
  });
});

describe('-linkshared', () => {
  test.each(['go.link.abihash.', 'go:link.abihash.'])(
    'the symbol %sNAME with a library of that name',
    (symbol) => {
      const libraries = ['libc.so.6', 'libstd.so'];
      const result = recognized(buildElf(withLibraries(libraries, `${symbol}libstd.so\0`)));
      expect(result).toEqual({
        kind: 'go-linkshared',
        evidence: 'it links libstd.so, a shared library of Go code',
      });
      expect(recognized(buildElf(withLibraries(['libc.so.6'], `${symbol}libstd.so\0`))).kind).toBe('unknown');
    },
  );

  test('a real program', { timeout: 600_000 }, async (context) => {
    const program = needProvided(context, await provideLinksharedProgram());
    expect(recognized(readFileSync(program)).kind).toBe('go-linkshared');
  });
});

test('an ordinary Go program and Node are nothing of that', { timeout: 600_000 }, async (context) => {
  expect(recognized(readFileSync(process.execPath)).kind).toBe('unknown');
  const program = needProvided(context, await provideGoProgram(goBuilds.notls));
  expect(recognized(readFileSync(program)).kind).toBe('unknown');
});

function recognized(bytes: Buffer): Recognition {
  const parsed = parseElf(bytesSource(bytes));
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  return recognizeBinary(parsed.elf);
}

function withText(text: string): ElfParts {
  return { segments: [code, { address: 0x50_0000, bytes: Buffer.from(text) }] };
}

function debugText(name: string, text: string): ElfParts {
  return { segments: [code], sections: [{ name, address: 0, bytes: Buffer.from(text) }] };
}

function section(name: string): { readonly name: string; readonly address: number; readonly bytes: Buffer } {
  return { name, address: 0, bytes: Buffer.from('x') };
}

function withLibraries(libraries: readonly string[], moreStrings = ''): ElfParts {
  const base = 0x60_0000;
  const strings = Buffer.from(`\0${libraries.join('\0')}\0${moreStrings}`);
  const needed = libraries.flatMap((library) => [1, strings.indexOf(library)]);
  const dynamic = u64Bytes(...needed, 5, base + 0x200, 10, strings.length, 0, 0);
  const bytes = Buffer.concat([dynamic, Buffer.alloc(0x200 - dynamic.length), strings]);
  return {
    type: 3,
    segments: [code, { address: base, bytes, access: 'rw' }, { type: 2, address: base, bytes: dynamic }],
  };
}
