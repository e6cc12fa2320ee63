import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseImports } from './parse-imports.ts';
import { readProjectFiles } from './project-files.ts';

/** Which folder of src/ may import which others; its own files and `util` are allowed everywhere. */
const table: Readonly<Record<string, readonly string[] | 'all'>> = {
  util: [],
  binary: [],
  bpf: [],
  event: [],
  plan: ['binary'],
  family: ['plan', 'binary'],
  targets: ['family', 'plan', 'binary'],
  stream: ['event'],
  protocol: ['stream', 'event'],
  packet: ['event', 'bpf'],
  sink: ['protocol', 'stream', 'packet', 'event'],
  capture: ['bpf', 'plan', 'event', 'packet'],
  diagnose: ['bpf', 'targets', 'family', 'plan', 'binary'],
  cli: 'all',
  'main.ts': 'all',
};

/** Packages from npm, and the only folder that knows each. */
const packageOwners: Readonly<Record<string, string>> = { koffi: 'bpf', commander: 'cli' };

/** Folders without clock, files, terminal and process, and what they may still take from Node. */
const pureFolders = ['event', 'stream', 'protocol', 'plan', 'family', 'binary'];
const pureBuiltins = new Set(['node:buffer', 'node:crypto', 'node:string_decoder', 'node:util', 'node:zlib']);
/** Where the binary layer meets the file system: an implementation of ByteSource. */
const fileReader = 'src/binary/file-source.ts';

const imports = readProjectFiles('src')
  .filter((file) => file.path.endsWith('.ts'))
  .flatMap((file) => parseImports(file.text).map((specifier) => ({ file: file.path, specifier })));

test('the sources import each other, so the rules below have something to judge', () => {
  expect(imports.length).toBeGreaterThan(20);
});

test('folders import only what the table allows', () => {
  const wrong = imports.filter(({ file, specifier }) => {
    if (!specifier.startsWith('.')) return false;
    const from = folderOf(file);
    const to = folderOf(join(dirname(file), specifier));
    const allowed = table[from];
    return !(from === to || to === 'util' || allowed === 'all' || allowed?.includes(to) === true);
  });
  expect(wrong).toEqual([]);
});

test('every folder of src is in the table', () => {
  const folders = new Set(readProjectFiles('src').map((file) => folderOf(file.path)));
  expect([...folders].filter((folder) => !(folder in table))).toEqual([]);
});

test('relative imports stay in src and name a TypeScript file', () => {
  const wrong = imports.filter(
    ({ file, specifier }) =>
      specifier.startsWith('.') &&
      !(specifier.endsWith('.ts') && join(dirname(file), specifier).startsWith('src/')),
  );
  expect(wrong).toEqual([]);
});

test('each npm package is known to one folder only', () => {
  const wrong = imports.filter(
    ({ file, specifier }) =>
      !specifier.startsWith('.') &&
      !specifier.startsWith('node:') &&
      packageOwners[specifier] !== folderOf(file),
  );
  expect(wrong).toEqual([]);
});

test('pure folders know no clock, file, terminal or process', () => {
  const wrongImports = imports.filter(
    ({ file, specifier }) =>
      pureFolders.includes(folderOf(file)) &&
      specifier.startsWith('node:') &&
      !pureBuiltins.has(specifier) &&
      !(specifier === 'node:fs' && file === fileReader),
  );
  expect(wrongImports).toEqual([]);

  const worldly = new RegExp(
    String.raw`\b(?:process\.(?:arch|argv|cwd|env|exit|hrtime|kill|memoryUsage|nextTick|on|once|pid|platform|std\w+|version)|` +
      String.raw`console\.\w+|Date\.now|performance\.now|setTimeout|setInterval|setImmediate)\b|new Date\(\)`,
  );
  const wrongCode = pureFolders
    .flatMap((folder) => readProjectFiles(`src/${folder}`))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .map((line) => `${path}: ${line.trim()}`),
    )
    .filter((line) => worldly.test(line));
  expect(wrongCode).toEqual([]);
});

test.each([
  [`import { a } from './a.ts';`, './a.ts'],
  [`import type { A } from "../a.ts";`, '../a.ts'],
  [`import {\n  a,\n  b,\n} from './many.ts';`, './many.ts'],
  [`import * as all from 'koffi';`, 'koffi'],
  [`import './effect.ts';`, './effect.ts'],
  [`export { a } from './a.ts';`, './a.ts'],
  [`export * from './a.ts';`, './a.ts'],
  [`const { run } = await import('./lazy.ts');`, './lazy.ts'],
  [`type A = import('./a.ts').A;`, './a.ts'],
])('an import is recognised: %j', (code, specifier) => {
  expect(parseImports(`const first = 'x';\n${code}\nconst last = 'y';`)).toEqual([specifier]);
});

/** `src/plan/x.ts` → `plan`; a file directly in src stands for itself. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
