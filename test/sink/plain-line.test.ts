import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText } from '../../src/sink/decode-text.ts';
import { formatJson } from '../../src/sink/format-json.ts';
import { formatLines } from '../../src/sink/format-lines.ts';
import { isTextContent } from '../../src/sink/looks-like-text.ts';
import { findPlainLine } from '../../src/sink/plain-line.ts';
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
    expect(findPlainLine(Buffer.from('hello'), type)).toBe('hello');
    expect(findPlainLine(new Uint8Array(Buffer.from('hello')), type)).toBe('hello');
    expect(findPlainLine(Buffer.from('hello\r\n\n'), type)).toBe('hello');
  }
});

test('what is more than one plain line is left to others', () => {
  const plain = { mediaType: 'text/plain', charset: null };
  for (const text of ['', '\n', 'a\nb', 'a\tb', 'ü', '\x1b', '\x7f', 'a\r', 'a\r\r\n', '{"a":1}', '[1]'])
    expect(findPlainLine(Buffer.from(text), plain), JSON.stringify(text)).toBeUndefined();
  expect(findPlainLine(Buffer.from('hi'), { mediaType: null, charset: 'utf-16le' })).toBeUndefined();
  expect(findPlainLine(Buffer.alloc(10_000, 'x'), plain)).toBeUndefined();
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
      const line = findPlainLine(bytes, type);
      if (line === undefined) return;
      expect(isTextContent(bytes, type)).toBe(true);
      expect(formatJson(content)).toBeUndefined();
      const long = formatLines(decodeText(bytes, type, false), { indent: '  ', unicode: false });
      expect(`  ${line}\n`).toBe(long);
    }),
    { numRuns: 2000 },
  );
});
