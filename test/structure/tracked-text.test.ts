import { expect, test } from 'vitest';
import { readProjectFiles } from './project-files.ts';

const files = readProjectFiles('');

/** Put together from pieces, so that this file does not name them either. */
const words = (...pairs: readonly (readonly [string, string])[]): RegExp =>
  new RegExp(pairs.map(([start, end]) => `${start}${end}`.replaceAll('.', String.raw`\.`)).join('|'), 'i');

test('nothing names a folder of the machine it was written on', () => {
  expect(offenders(words(['/wo', 'rk/'], ['\\bsha', 'red/']))).toEqual([]);
});

test('nothing names a host to download from: whoever builds this has his own', () => {
  const hosts = words(
    ['registry.', 'npmjs'],
    ['registry.', 'yarnpkg'],
    ['proxy.', 'golang'],
    ['deb.', 'debian'],
    ['security.', 'debian'],
    ['archive.', 'ubuntu'],
    ['files.', 'pythonhosted'],
  );
  expect(offenders(hosts)).toEqual([]);
});

test('the lock file records what was installed, by digest, and not from where', () => {
  const lock = files.find((file) => file.path === 'package-lock.json');
  expect(lock?.text).not.toMatch(/"resolved"/);
  expect(lock?.text.match(/"integrity": "sha512-/g)?.length).toBeGreaterThan(50);
});

function offenders(pattern: RegExp): readonly string[] {
  return files.flatMap((file) =>
    file.text
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${file.path}: ${line.trim().slice(0, 120)}`),
  );
}
