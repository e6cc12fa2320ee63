import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toUtf8String } from '../../src/util/utf8-string.ts';

test('one character per byte of UTF-8', () => {
  expect(toUtf8String('plain \x00\x7f')).toBe('plain \x00\x7f');
  expect(toUtf8String('→ ü')).toBe('\xe2\x86\x92 \xc3\xbc');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const utf8 = toUtf8String(text);
      expect(Buffer.from(utf8, 'latin1').equals(Buffer.from(text, 'utf8'))).toBe(true);
      expect(utf8).toHaveLength(Buffer.byteLength(text));
    }),
  );
});

test('joining such strings joins the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, two) => {
      expect(toUtf8String(one) + toUtf8String(two)).toBe(toUtf8String(one + two));
    }),
  );
});
