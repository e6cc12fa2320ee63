import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText } from '../../src/sink/decode-text.ts';
import { formatLines } from '../../src/sink/format-lines.ts';
import { indentLines } from '../../src/sink/indent-lines.ts';
import { isTextContent } from '../../src/sink/looks-like-text.ts';
import { findPlainText } from '../../src/sink/plain-text.ts';
import { hostileText } from '../support/hostile-text.ts';

const types = [
  { mediaType: null, charset: null },
  { mediaType: 'text/plain', charset: 'utf-8' },
  { mediaType: 'image/png', charset: null },
  { mediaType: 'text/html', charset: 'iso-8859-1' },
  { mediaType: 'text/plain', charset: 'us-ascii' },
] as const;

test('small answers are taken as they are', () => {
  for (const type of types) {
    expect(findPlainText(Buffer.from('hello'), type)).toBe('hello');
    expect(findPlainText(new Uint8Array(Buffer.from('hello')), type)).toBe('hello');
    expect(findPlainText(Buffer.from('a\tb\n\nc\n'), type)).toBe('a\tb\n\nc\n');
    expect(findPlainText(Buffer.alloc(10_000, 'x'), type)).toHaveLength(10_000);
  }
});

test('what is not plain is left to others', () => {
  const plain = { mediaType: 'text/plain', charset: null };
  for (const text of ['ü', '\x1b', '\x7f', 'a\r', 'a\r\n', '\0'])
    expect(findPlainText(Buffer.from(text), plain), JSON.stringify(text)).toBeUndefined();
  expect(findPlainText(Buffer.from('hi'), { mediaType: null, charset: 'utf-16le' })).toBeUndefined();
});

test('one byte that is not plain is found wherever it is', () => {
  const plain = { mediaType: 'text/plain', charset: null };
  for (let length = 1; length < 12; length += 1) {
    for (let at = 0; at < length; at += 1) {
      const bytes = Buffer.alloc(length, 'x');
      expect(findPlainText(bytes, plain)).toBe('x'.repeat(length));
      bytes[at] = 0x0d;
      expect(findPlainText(bytes, plain)).toBeUndefined();
    }
  }
});

test('the short way gives what the long way gives', () => {
  const printable = fc.string({ unit: 'grapheme-ascii' });
  const text = fc.oneof(
    printable,
    hostileText(20),
    fc.tuple(printable, hostileText(3)).map((both) => both.join('')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...types), (content, type) => {
      const bytes = Buffer.from(content);
      const plain = findPlainText(bytes, type);
      if (plain === undefined) return;
      expect(isTextContent(bytes, type)).toBe(true);
      const long = formatLines(decodeText(bytes, type, false), { indent: '  ', unicode: false });
      expect(plain).toBe(content);
      expect(indentLines(plain, '  ')).toBe(long);
    }),
    { numRuns: 2000 },
  );
});
