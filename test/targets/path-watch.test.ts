import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PathWatch } from '../../src/targets/path-watch.ts';
import { waitUntil } from '../support/wait-until.ts';

test('a file that takes the place of another is told of; nothing and the same are not', async () => {
  const { folder, changes } = watchIn('file', (path) => writeFileSync(path, 'one'));
  rmSync(join(folder, 'file'));
  writeFileSync(join(folder, 'other'), 'two');
  await soon();
  expect(changes).toEqual([]);
  renameSync(join(folder, 'other'), join(folder, 'file'));
  await told(changes, 1);
  await soon();
  expect(changes).toEqual([join(folder, 'file')]);
});

test('contents that change in place are told of, by time or by size', async () => {
  const { folder, changes } = watchIn('file', (path) => writeFileSync(path, 'one'));
  writeFileSync(join(folder, 'file'), 'longer');
  await told(changes, 1);
  utimesSync(join(folder, 'file'), 1, 1);
  await told(changes, 2);
});

test('links on the way are watched, also those that a link leads to', async () => {
  const { folder, changes } = watchIn(join('current', 'file'), (path) => {
    const root = join(path, '..', '..');
    for (const version of ['v1', 'v2', 'v3']) {
      mkdirSync(join(root, version));
      writeFileSync(join(root, version, 'file'), version);
    }
    symlinkSync('v1', join(root, 'stable'));
    symlinkSync('stable', join(root, 'current'));
  });
  for (const [name, target] of [
    ['stable', 'v2'],
    ['current', join(folder, 'v3')],
  ] as const) {
    const before = changes.length;
    symlinkSync(target, join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, name));
    await told(changes, before + 1);
  }
  // The folder that is watched is another one by now.
  writeFileSync(join(folder, 'v3', 'new'), 'renamed into the last one');
  renameSync(join(folder, 'v3', 'new'), join(folder, 'v3', 'file'));
  await told(changes, 3);
});

test('links in a circle harm nothing', async () => {
  const { folder, changes } = watchIn('a', (path) => {
    symlinkSync('b', path);
    symlinkSync('a', join(path, '..', 'b'));
  });
  rmSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a'), 'there');
  await told(changes, 1);
});

function watchIn(name: string, make: (path: string) => void): { folder: string; changes: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  make(join(folder, name));
  const changes: string[] = [];
  const watch = new PathWatch([join(folder, name)], (path) => changes.push(path));
  onTestFinished(() => watch[Symbol.dispose]());
  return { folder, changes };
}

async function told(changes: readonly string[], count: number): Promise<void> {
  await waitUntil(
    () => changes.length >= count,
    10_000,
    () => `${count} changes; there are ${changes.length}`,
  );
}

function soon(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
}
