import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFindAny } from '../../src/binary/find-any.ts';

test('finds every end of every pattern, once', () => {
  fc.assert(
    fc.property(fc.array(text(3, 12), { maxLength: 8 }), text(0, 200), (patterns, bytes) => {
      const found: number[] = [];
      const findAny = createFindAny(patterns.map((pattern) => Buffer.from(pattern)));
      findAny(Buffer.from(bytes), (end) => found.push(end));
      const expected = Array.from({ length: bytes.length + 1 }, (_, end) => end).filter((end) =>
        patterns.some((pattern) => bytes.slice(0, end).endsWith(pattern)),
      );
      expect(found).toEqual(expected);
    }),
    { numRuns: 3_000 },
  );
});

test('patterns longer than its skips reach', () => {
  const pattern = Buffer.alloc(600, 'x');
  const found: number[] = [];
  createFindAny([pattern])(Buffer.concat([Buffer.from('yy'), pattern, Buffer.from('y')]), (end) =>
    found.push(end),
  );
  expect(found).toEqual([602]);
});

test('no patterns, nothing found', () => {
  createFindAny([])(Buffer.from('abc'), () => expect.unreachable());
});

/** Few letters: occurrences overlap, and patterns end like each other. */
function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom('a', 'b', '\0'), minLength, maxLength });
}
