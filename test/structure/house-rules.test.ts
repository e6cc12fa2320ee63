import { expect, test } from 'vitest';
import { basename } from 'node:path';
import { readProjectFiles, type ProjectFile } from './project-files.ts';

const maxLines = 300;
const sources = readProjectFiles('src').filter((file) => file.path.endsWith('.ts'));
const kernelSide = readProjectFiles('bpf');
const scripts = readProjectFiles('scripts').filter((file) => file.path.endsWith('.mjs'));
const tests = readProjectFiles('test').filter((file) => file.path.endsWith('.ts'));

test(`no file has more than ${maxLines} lines`, () => {
  const long = [...sources, ...kernelSide, ...scripts].filter((file) => lineCount(file) > maxLines);
  expect(long.map((file) => `${file.path}: ${lineCount(file)}`)).toEqual([]);
});

test('file names are kebab-case', () => {
  const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|bench|bpf))?\.(?:ts|mjs|json|h|c)$/;
  const named = [
    ...sources,
    ...kernelSide,
    ...scripts,
    ...tests.filter((file) => !file.path.startsWith('test/programs/')),
  ];
  expect(named.filter((file) => !kebab.test(basename(file.path))).map((file) => file.path)).toEqual([]);
});

test.each([
  ['a default export', /^export default\b|\bas default\b/m],
  ['an enum', /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s/m],
  ['a namespace', /^\s*(?:export\s+)?(?:declare\s+)?namespace\s/m],
  ['a re-export: import from where it is written', /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})[^;]*?\sfrom\s/m],
  ['any', /(?::|\bas|<)\s*any\b/],
])('no source has %s', (_name, pattern) => {
  expect(sources.filter((file) => pattern.test(withoutComments(file.text))).map((file) => file.path)).toEqual(
    [],
  );
});

test('no test is switched off, left to do, or the only one that runs', () => {
  const off = /\b(?:test|it|describe|bench)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf)\b/;
  const ours = tests.filter((file) => !file.path.startsWith('test/structure/'));
  expect(ours.filter((file) => off.test(withoutComments(file.text))).map((file) => file.path)).toEqual([]);
});

test('every program at a uprobe keeps its stack while it waits', () => {
  const atUprobes = kernelSide.filter((file) => /^SEC\("u(?:ret)?probe/m.test(withoutComments(file.text)));
  expect(atUprobes.length).toBeGreaterThan(0);
  expect(
    atUprobes.filter((file) => !file.text.includes('use_stack_of_task(ctx);')).map(({ path }) => path),
  ).toEqual([]);
});

function lineCount(file: ProjectFile): number {
  return file.text.trimEnd().split('\n').length;
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
