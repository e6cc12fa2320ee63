import { expect, it } from 'vitest';
import { chooseRingBytes } from '../../src/cli/ring-size.ts';

const MiB = 2 ** 20;

it.each([
  ['the default', {}, 32 * MiB],
  ['a size', { bufferSize: 4 * MiB }, 4 * MiB],
  ['a size that is no power of two, rounded up', { bufferSize: 5 * MiB }, 8 * MiB],
  ['pages per CPU', { mapsize: 1024 }, 8 * MiB],
  ['both: the size wins', { bufferSize: MiB, mapsize: 1024 }, MiB],
  ['too small: what one record needs', { bufferSize: 1 }, 64 * 1024],
  ['too large: what can be mapped', { bufferSize: 2 ** 40 }, 2 ** 30],
])('%s', (_, options, bytes) => {
  expect(chooseRingBytes({ ...options, cpuCount: 2 })).toBe(bytes);
});
