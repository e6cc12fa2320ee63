import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSource } from '../../src/binary/bytes-source.ts';
import { chunkBytes } from '../../src/binary/chunk-reader.ts';
import { findBytes } from '../../src/binary/find-bytes.ts';

const pattern = Buffer.from('needle');

test('every place, those across the seams of chunks too, and none outside the range', () => {
  const place = fc.oneof(
    fc.nat({ max: 2 * chunkBytes + 100 }),
    fc.integer({ min: chunkBytes - 8, max: chunkBytes + 8 }),
    fc.integer({ min: 2 * chunkBytes - 8, max: 2 * chunkBytes + 8 }),
  );
  const bounds = fc.tuple(
    fc.nat({ max: 20 }),
    fc.integer({ min: 2 * chunkBytes - 20, max: 2 * chunkBytes + 200 }),
  );
  fc.assert(
    fc.property(fc.array(place, { maxLength: 6 }), bounds, (places, [start, end]) => {
      const bytes = Buffer.alloc(2 * chunkBytes + 120);
      for (const at of places) pattern.copy(bytes, at);
      const expected: number[] = [];
      for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
        if (at >= start && at + pattern.length <= end) expected.push(at);
      }
      expect([...findBytes(bytesSource(bytes), pattern, start, end)]).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test('overlapping occurrences are all found', () => {
  expect([...findBytes(bytesSource(Buffer.from('aaaa')), Buffer.from('aa'), 0, 4)]).toEqual([0, 1, 2]);
});
