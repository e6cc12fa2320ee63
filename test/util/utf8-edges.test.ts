import { Buffer, isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incompleteTailLength, strayHeadLength } from '../../src/util/utf8-edges.ts';
import { hostileText } from '../support/hostile-text.ts';

test('a text cut anywhere: both parts are UTF-8 but for the character at the cut', () => {
  fc.assert(
    fc.property(hostileText(12), fc.nat(), (text, seed) => {
      const bytes = Buffer.from(text);
      const cut = seed % (bytes.length + 1);
      const left = bytes.subarray(0, cut);
      const right = bytes.subarray(cut);
      const tail = incompleteTailLength(left);
      const head = strayHeadLength(right);
      return (
        isUtf8(left.subarray(0, cut - tail)) &&
        isUtf8(right.subarray(head)) &&
        (tail === 0) === (head === 0) &&
        (tail === 0 || isUtf8(bytes.subarray(cut - tail, cut + head)))
      );
    }),
    { numRuns: 2000 },
  );
});

test('bytes that are no UTF-8 at all', () => {
  expect(incompleteTailLength(Buffer.from([0x80, 0x80, 0x80, 0x80]))).toBe(0);
  expect(incompleteTailLength(Buffer.from([0x41, 0xff]))).toBe(0);
  expect(incompleteTailLength(Buffer.from([0xc0]))).toBe(0);
  expect(strayHeadLength(Buffer.from([0x80, 0x80, 0x80, 0x80]))).toBe(3);
  expect(strayHeadLength(Buffer.alloc(0))).toBe(0);
});
