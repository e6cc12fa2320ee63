import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeLine, escapeText } from '../../src/util/escape-text.ts';
import { hostileText } from '../support/hostile-text.ts';

test('ordinary text is returned as it is', () => {
  for (const text of ['', 'plain', 'Grüße, 漢字 😀', 'tab\tand\nnewline', '\\x1b is no escape'])
    expect(escapeText(text, true)).toBe(text);
});

test('control characters, C1 and bidirectional controls are written out', () => {
  expect(escapeText('\x1b[31m\x07\r\x7f', true)).toBe('\\x1b[31m\\x07\\x0d\\x7f');
  expect(escapeText('\u009b \u0085', true)).toBe('\\x9b \\x85');
  expect(escapeText('a\u202eb\u2066c\u200fd\u061ce\u2028', true)).toBe(
    'a\\u202eb\\u2066c\\u200fd\\u061ce\\u2028',
  );
  expect(escapeText('\ud800', true)).toBe('\\ud800');
});

test('on one line, newline and tab are written out, too', () => {
  expect(escapeLine('a\tb\nc', true)).toBe('a\\x09b\\x0ac');
  expect(escapeLine('a\tb\nc', false)).toBe('a\\x09b\\x0ac');
});

test('without Unicode, only ASCII is left', () => {
  expect(escapeText('Gießkanne 漢 😀\n', false)).toBe('Gie\\xdfkanne \\u6f22 \\u{1f600}\n');
});

test('what comes out is harmless, and harmless text is untouched', () => {
  fc.assert(
    fc.property(hostileText(40), (text) => {
      const line = escapeLine(text, true);
      return (
        !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(line) &&
        !/[^ -~]/.test(escapeLine(text, false)) &&
        escapeText(text, true).replaceAll(/[\n\t]/g, '') ===
          escapeLine(text.replaceAll(/[\n\t]/g, ''), true) &&
        escapeLine(line, true) === line
      );
    }),
    { numRuns: 2000 },
  );
});
