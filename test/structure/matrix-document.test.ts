import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compilerCells } from '../matrix/compiler-cells.ts';
import { projectPaths } from '../support/project-paths.ts';

const text = readFileSync(join(projectPaths.root, 'docs/matrix.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

test('the matrix of compilers has every cell, each exact or with its reason', () => {
  const cells = rows.flatMap(([, ...others]) => others);
  expect(cells.filter((cell) => cell !== 'exact' && !/^n\/a \(\d+\)$/.test(cell))).toEqual([]);
  for (const cell of cells.filter((other) => other !== 'exact')) {
    expect(text).toMatch(new RegExp(`^${cell.replaceAll(/\D/g, '')}\\. \\S`, 'm'));
  }
  const releases = [...new Set(compilerCells.map(({ row }) => row))];
  const columns = new Set(compilerCells.map(({ column }) => column));
  const documented = rows.filter(([name = '']) => releases.includes(name));
  expect(documented.map(([name]) => name)).toEqual(releases);
  expect(documented.every((row) => row.length === 1 + columns.size)).toBe(true);
});
