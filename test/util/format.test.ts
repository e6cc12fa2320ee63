import { expect, test } from 'vitest';
import { formatCount } from '../../src/util/format-count.ts';
import { formatDuration } from '../../src/util/format-duration.ts';
import { formatList } from '../../src/util/format-list.ts';
import { formatPlural } from '../../src/util/format-plural.ts';
import { formatSize } from '../../src/util/format-size.ts';

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [24_101, '24.1 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [999_999, '1.0 MB'],
  [190_100_000, '190.1 MB'],
  [999_950_000, '1.0 GB'],
  [5e12, '5.0 TB'],
  [Number.MAX_SAFE_INTEGER, '9.0 PB'],
  [3e18, '3000.0 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  [0, '<0.1 ms'],
  [-5, '<0.1 ms'],
  [49_999, '<0.1 ms'],
  [50_000, '0.1 ms'],
  [940_000, '0.9 ms'],
  [950_000, '1 ms'],
  [8_400_000, '8 ms'],
  [999_400_000, '999 ms'],
  [999_500_000, '1.0 s'],
  [1_240_000_000, '1.2 s'],
  [9_949_000_000, '9.9 s'],
  [9_950_000_000, '10 s'],
  [37_000_000_000, '37 s'],
  [59_600_000_000, '1 min'],
  [125_000_000_000, '2 min 5 s'],
  [3_599_600_000_000, '1 h'],
  [11_520_000_000_000, '3 h 12 min'],
])('%d ns are %s', (ns, text) => {
  expect(formatDuration(ns)).toBe(text);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [65_536, '65,536'],
  [1_234_567_890, '1,234,567,890'],
])('%d is written %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test('counted things agree with their number', () => {
  expect(formatPlural(0, 'gap')).toBe('0 gaps');
  expect(formatPlural(1, 'process', 'processes')).toBe('1 process');
  expect(formatPlural(2000, 'process', 'processes')).toBe('2,000 processes');
});

test('lists read as people write them', () => {
  expect(formatList([], 3)).toBe('');
  expect(formatList(['a'], 3)).toBe('a');
  expect(formatList(['a', 'b'], 3)).toBe('a and b');
  expect(formatList(['a', 'b', 'c'], 3)).toBe('a, b and c');
  expect(formatList(['a', 'b', 'c', 'd', 'e'], 3)).toBe('a, b, c and 2 more');
});
