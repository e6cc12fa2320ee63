import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { bytesSource } from '../../src/binary/bytes-source.ts';
import { openFileSource, type FileSource } from '../../src/binary/file-source.ts';
import { pseudoRandomBytes } from '../support/pseudo-random.ts';

const folder = mkdtempSync(join(tmpdir(), 'tlstap-file-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = pseudoRandomBytes(300_000, 7);
const path = join(folder, 'content');
writeFileSync(path, content);

test('any range of a file is what the file holds there, and short at its end', () => {
  using source = opened(path);
  fc.assert(
    fc.property(fc.integer({ min: -10, max: 310_000 }), lengths, (offset, length) => {
      const expected = slice(offset, length);
      expect(source.read(offset, length).equals(expected)).toBe(true);
      expect(bytesSource(content).read(offset, length).equals(expected)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('reading into a buffer fills it as far as the file goes', () => {
  using source = opened(path);
  const target = Buffer.alloc(100, 0xee);
  expect(source.readInto?.(299_960, target)).toBe(40);
  expect(target.subarray(0, 40).equals(content.subarray(299_960))).toBe(true);
  expect(target.subarray(40).every((byte) => byte === 0xee)).toBe(true);
});

test('a file that is cut while it is open gives short buffers', () => {
  const cut = join(folder, 'cut');
  writeFileSync(cut, content);
  using source = opened(cut);
  writeFileSync(cut, content.subarray(0, 1_000));
  expect(source.read(0, 300_000).length).toBe(1_000);
  expect(source.read(200_000, 100).length).toBe(0);
});

test('many blocks all over a large file stay within a small cache', () => {
  const sparse = join(folder, 'sparse');
  execFileSync('truncate', ['-s', '512M', sparse]);
  using source = opened(sparse);
  const before = process.memoryUsage().arrayBuffers;
  for (let offset = 0; offset < source.sizeBytes; offset += 65_536) source.read(offset, 8);
  globalThis.gc?.();
  // What is thrown out may wait for the collector, but not all of the 512 MB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200e6);
});

test('a descriptor that was handed in stays open, an own one is closed', () => {
  const descriptor = openSync(path, 'r');
  const source = opened(descriptor);
  expect(source.read(0, 4).equals(content.subarray(0, 4))).toBe(true);
  source.close();
  expect(fstatSync(descriptor).size).toBe(content.length);
  expect(() => source.read(200_000, 4)).toThrow('closed');
  closeSync(descriptor);
});

test.each([
  ['a missing file', () => join(folder, 'missing'), 'ENOENT'],
  ['a directory', () => folder, 'not-regular-file'],
  ['a device', () => '/dev/zero', 'not-regular-file'],
  ['a named pipe nobody writes to', makePipe, 'not-regular-file'],
  ['a descriptor that is not open', () => 1_000_000, 'EBADF'],
])('%s is a problem, not an exception', (_, name, code) => {
  const result = openFileSource(name());
  expect(result).toMatchObject({ ok: false, problem: { code } });
});

const lengths = fc.oneof(
  fc.integer({ min: -5, max: 100 }),
  fc.integer({ min: 0, max: 200_000 }),
  fc.constant(Number.MAX_SAFE_INTEGER),
);

function opened(file: string | number): FileSource {
  const result = openFileSource(file);
  if (!result.ok) throw new Error(result.problem.detail);
  return result.source;
}

function slice(offset: number, length: number): Buffer {
  const start = Math.max(offset, 0);
  return content.subarray(start, Math.max(start, Math.min(offset + length, content.length)));
}

function makePipe(): string {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  return pipe;
}
