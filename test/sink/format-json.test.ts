import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatJson } from '../../src/sink/format-json.ts';

test('short and flat stays on one line, the rest is laid out', () => {
  expect(formatJson('{"a":1,"b":[1,2,{"c":null}],"d":{},"e":[]}\n')).toBe(
    '{\n  "a": 1,\n  "b": [\n    1,\n    2,\n    {"c": null}\n  ],\n  "d": {},\n  "e": []\n}',
  );
  expect(formatJson('[1,"two"]')).toBe('[1, "two"]');
  const long = JSON.stringify(Array.from({ length: 30 }, (_, index) => index * 100));
  expect(formatJson(long)).toBe(JSON.stringify(JSON.parse(long), null, 2));
});

test('what a parser would change is left as it was written', () => {
  expect(formatJson('{"n":1.50,"big":18446744073709551615,"e":1E400}')).toBe(
    '{"n": 1.50, "big": 18446744073709551615, "e": 1E400}',
  );
  expect(formatJson('{"2":0,"1":0,"2":"\\u0041\\/","__proto__":{}}')).toBe(
    '{\n  "2": 0,\n  "1": 0,\n  "2": "\\u0041\\/",\n  "__proto__": {}\n}',
  );
});

test.each([
  ['not JSON', '{{template}}'],
  ['cut', '{"a":1,"b":'],
  ['already laid out', '{\n  "a": 1\n}'],
  ['several lines of JSON', '{"a":1}\n{"a":2}\n'],
  ['plain text', 'hello'],
  ['a number', '17'],
  ['nothing', ''],
  ['too deep', `${'['.repeat(101)}1,[${']'.repeat(102)}`],
  ['far too deep', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
  ['too long', `["${'x'.repeat(1 << 20)}"]`],
])('%s is not touched', (_name, text) => {
  expect(formatJson(text)).toBeUndefined();
});

test('only white space changes, and it is laid out as JSON.stringify would if nothing were short', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (json) => {
      const formatted = formatJson(json);
      if (formatted === undefined) return !/^[[{]/.test(json);
      return (
        JSON.stringify(JSON.parse(formatted)) === JSON.stringify(JSON.parse(json)) &&
        tokensOf(formatted) === tokensOf(json)
      );
    }),
    { numRuns: 2000 },
  );
});

/** JSON without the white space between its tokens. */
function tokensOf(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
