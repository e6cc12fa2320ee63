import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { collectCount, parseCount, parseSeconds, parseSize } from '../../src/cli/parse-values.ts';

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['65536', 65536],
    ['512K', 512 * 1024],
    ['64M', 64 * 1024 * 1024],
    ['64MiB', 64 * 1024 * 1024],
    ['1g', 1024 ** 3],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '-1', '1.5M', '64T', 'M', '1e9', ' 1'])('%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow(InvalidArgumentError);
  });
});

describe('counts and seconds', () => {
  it('root is a user, and 0 a count', () => {
    expect(collectCount('0', [1000])).toEqual([1000, 0]);
  });

  it.each(['', '-1', '1.0', '0x10', 'caddy', '9999999999999999'])('count %j is refused', (text) => {
    expect(() => parseCount(text)).toThrow(InvalidArgumentError);
  });

  it('takes fractions of a second', () => {
    expect(parseSeconds('0.25')).toBe(0.25);
  });

  it.each(['', '-1', '1e3', 'ten', '99999999'])('duration %j is refused', (text) => {
    expect(() => parseSeconds(text)).toThrow(InvalidArgumentError);
  });
});
