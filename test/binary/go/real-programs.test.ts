import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, type TestContext } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import type { ByteSource } from '../../../src/binary/byte-source.ts';
import { parseElf, type Elf } from '../../../src/binary/elf.ts';
import { openFileSource } from '../../../src/binary/file-source.ts';
import { findGoBuildInfo } from '../../../src/binary/go/build-info.ts';
import { findGoFunctions, type GoFunction } from '../../../src/binary/go/functions.ts';
import { findGoTable, type GoTable } from '../../../src/binary/go/go-table.ts';
import { goBuilds, type GoBuildName } from '../../support/go-builds.ts';
import { provideGoProgram } from '../../support/go-program.ts';
import { goEnvironment, provideGoToolchain } from '../../support/go-toolchain.ts';
import { needProvided } from '../../support/need-provided.ts';
import type { Provided } from '../../support/provided.ts';
import { esbuildReleases, provideRealProgram } from '../../support/real-program.ts';
import { runCommand } from '../../support/run-command.ts';
import { provideGosym } from './provide-gosym.ts';

const buildTimeoutMs = 600_000;

/** The same program as `strippedPie127`, with its symbols: linking does not place code differently without them. */
const pie127 = { ...goBuilds.strippedPie127, flags: ['-buildmode=pie'] };

const withSymbols = [
  ['the machine’s Go', goBuilds.machine],
  ['external linking', goBuilds.external],
  ['Go 1.16', goBuilds.stackAbi116],
  ['Go 1.27 PIE', pie127],
  ['arm64', goBuilds.arm64],
] as const;

const programs: readonly (readonly [string, () => Promise<Provided<string>>])[] = [
  ...(
    ['machine', 'external', 'stackAbi116', 'stripped121', 'strippedPie127', 'arm64'] satisfies GoBuildName[]
  ).map((name) => [name, () => provideGoProgram(goBuilds[name])] as const),
  ...esbuildReleases.map(
    (release) => [`esbuild ${release.version}`, () => provideRealProgram(release)] as const,
  ),
];

describe('every function has the address that the symbol table gives', () => {
  test.for(withSymbols)('%s', { timeout: buildTimeoutMs }, async ([, build], context) => {
    const program = needProvided(context, await provideGoProgram(build));
    const symbols = await readSymbols(context, program);
    expect(symbols.size).toBeGreaterThan(3_000);
    const functions = byName(findGoFunctions(tableOf(readFileSync(program)), { exact: [...symbols.keys()] }));
    const missing = [...symbols.keys()].filter((name) => !functions.has(name));
    // Symbols of C code and of data in the text segment are no Go functions.
    expect(
      missing.filter((name) => /^(runtime|net|crypto\/tls)\.[A-Za-z(]/.test(name) && !isMark(name)),
    ).toEqual([]);
    expect(missing.length).toBeLessThan(symbols.size / 10);
    for (const [name, found] of functions) expect(found, name).toEqual(symbols.get(name));
  });
});

describe('every function is where debug/gosym sees it', () => {
  test.for(programs)('%s', { timeout: buildTimeoutMs }, async ([, provide], context) => {
    const program = needProvided(context, await provide());
    const gosym = needProvided(context, await provideGosym());
    const table = tableOf(readFileSync(program));
    const { fileOffset, recordsEndOffset } = table.pclntab;
    const { functions } = await gosym({
      path: program,
      offset: fileOffset,
      lengthBytes: recordsEndOffset - fileOffset,
      textAddress: table.textBase?.address ?? 0,
    });
    expect(functions.length).toBe(table.pclntab.functionCount);
    const names = functions.map(({ name }) => name).filter((name) => name.length > 1);
    const found = findGoFunctions(table, { exact: names });
    const seen = found.map(({ name, address, endAddress }) => ({ name, address, endAddress }));
    expect(seen).toEqual(functions.filter(({ name }) => name.length > 1));
  });
});

describe('without section headers, the same functions by search', () => {
  test.for(programs)('%s', { timeout: buildTimeoutMs }, async ([, provide], context) => {
    const bytes = readFileSync(needProvided(context, await provide()));
    const expected = namedFunctions(tableOf(bytes));
    expect(expected.length).toBeGreaterThanOrEqual(4);
    bytes.fill(0, 40, 48);
    bytes.fill(0, 58, 64);
    const table = tableOf(bytes);
    expect(table.pclntab.how).toBe('search of the segments');
    expect(namedFunctions(table)).toEqual(expected);
  });
});

test('only what is needed is read', { timeout: buildTimeoutMs }, async (context) => {
  for (const [name, provide] of programs) {
    const opened = openFileSource(needProvided(context, await provide()));
    if (!opened.ok) throw new Error(opened.problem.detail);
    using source = opened.source;
    const counter = countingSource(source);
    const table = findGoTable(elfOf(counter));
    if (!table.ok) throw new Error(table.problem.detail);
    namedFunctions(table.table);
    const { functionCount } = table.table.pclntab;
    expect(functionCount, name).toBeGreaterThan(3_000);
    expect(counter.readBytes(), name).toBeLessThan(source.sizeBytes * 0.3);
  }
});

test('cut at any place: refused, or the functions it has', { timeout: buildTimeoutMs }, async (context) => {
  const bytes = readFileSync(needProvided(context, await provideGoProgram(goBuilds.stripped121)));
  const expected = namedFunctions(tableOf(bytes));
  let complete = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length }), (end) => {
      const parsed = parseElf(bytesSource(bytes.subarray(0, end)));
      if (!parsed.ok) {
        expect(['not-elf', 'truncated']).toContain(parsed.problem.code);
        return;
      }
      // Only section headers and what is not loaded can be missing.
      const table = findGoTable(parsed.elf);
      expect(table.ok && namedFunctions(table.table)).toEqual(expected);
      complete++;
    }),
    { numRuns: 300, examples: [[0], [4], [64], [4096], [bytes.length - 1], [bytes.length]] },
  );
  expect(complete).toBeGreaterThan(0);
});

describe('build info', () => {
  test.for(esbuildReleases)(
    'esbuild $version: Go $go',
    { timeout: buildTimeoutMs },
    async (release, context) => {
      const program = needProvided(context, await provideRealProgram(release));
      const info = findGoBuildInfo(elfOf(bytesSource(readFileSync(program))));
      expect(info?.version).toBe(`go${release.go}`);
      // The newest one was linked without build info.
      expect(info?.how).toBe(release.version === '0.28.2' ? 'version string' : 'section .go.buildinfo');
    },
  );

  test.for(withSymbols)('%s', { timeout: buildTimeoutMs }, async ([, build], context) => {
    const toolchain = needProvided(context, await provideGoToolchain(build.toolchain));
    const bytes = readFileSync(needProvided(context, await provideGoProgram(build)));
    const info = findGoBuildInfo(elfOf(bytesSource(bytes)));
    expect(info?.version).toBe(`go${toolchain.version}`);
    if (build.toolchain !== '1.16.15') expect(info?.settings['GOOS']).toBe('linux');
    for (let at = bytes.indexOf(' Go buildinf:'); at >= 0; at = bytes.indexOf(' Go buildinf:'))
      bytes.fill(0, at, at + 4);
    const fallback = findGoBuildInfo(elfOf(bytesSource(bytes)));
    expect(fallback).toMatchObject({ version: `go${toolchain.version}`, how: 'version string' });
  });
});

const wanted = {
  exact: ['runtime.memmove', 'crypto/tls.(*Config).writeKeyLog'],
  suffixes: ['.(*Conn).Read', '.(*Conn).writeRecordLocked'],
};

function namedFunctions(table: GoTable): readonly GoFunction[] {
  return findGoFunctions(table, wanted);
}

function byName(functions: readonly GoFunction[]): Map<string, number[]> {
  const names = new Map<string, number[]>();
  for (const { name, address } of functions) names.set(name, [...(names.get(name) ?? []), address]);
  return names;
}

/** Functions in the text segment, by the name that the function table gives them: without the marks of ABIs. */
async function readSymbols(context: TestContext, program: string): Promise<Map<string, number[]>> {
  const { command } = needProvided(context, await provideGoToolchain('machine'));
  const nm = await runCommand(command, ['tool', 'nm', program], { env: goEnvironment(), timeoutMs: 60_000 });
  expect(nm.code, nm.stderr).toBe(0);
  const symbols = new Map<string, number[]>();
  for (const [, address = '', name = ''] of nm.stdout.matchAll(/^ *([0-9a-f]+) [Tt] (.+)$/gm)) {
    const plain = name.replace(/\.(abi0|abiinternal)$/, '');
    symbols.set(
      plain,
      [...(symbols.get(plain) ?? []), Number.parseInt(address, 16)].sort((a, b) => a - b),
    );
  }
  return symbols;
}

/** Symbols that mark places and are no functions. */
function isMark(name: string): boolean {
  return ['runtime.text', 'runtime.etext', 'runtime.unreachableMethod'].includes(name);
}

function elfOf(source: ByteSource): Elf {
  const parsed = parseElf(source);
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  return parsed.elf;
}

function tableOf(bytes: Buffer): GoTable {
  const result = findGoTable(elfOf(bytesSource(bytes)));
  if (!result.ok) throw new Error(result.problem.detail);
  return result.table;
}

function countingSource(source: ByteSource): ByteSource & { readBytes(): number } {
  let readBytes = 0;
  return {
    sizeBytes: source.sizeBytes,
    read(offset, length) {
      const bytes = source.read(offset, length);
      readBytes += bytes.length;
      return bytes;
    },
    readInto(offset, target) {
      const count = source.readInto?.(offset, target) ?? 0;
      readBytes += count;
      return count;
    },
    readBytes: () => readBytes,
  };
}
