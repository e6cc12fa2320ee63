import fc from 'fast-check';

/** Text made of what breaks terminals and parsers, mixed with ordinary letters. */
export function hostileText(maxLength: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ maxLength })
    .map((bytes) => Array.from(bytes, (byte) => characters[byte] ?? '').join(''));
}

const ascii = Array.from({ length: 128 }, (_, code) => String.fromCodePoint(code));
const c1 = Array.from({ length: 32 }, (_, code) => String.fromCodePoint(0x80 + code));
const others = [
  ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
  ...['\u061c', '\u200e', '\u200f', '\u2028', '\u2029', '\ufeff', '\u200b', '\ufffd', '\u0000', '\u00a0'],
  ...[
    'ü',
    'ß',
    'ě',
    'Ж',
    '漢',
    '字',
    '😀',
    '\u{10ffff}',
    '\r\n',
    '\n',
    '\t',
    '"',
    '\\',
    '<',
    '{',
    '}',
    '[',
    ']',
  ],
  ...['\x1b[2J', '\x1b]0;x\x07', '\u009b31m', '://', '/', '?', '#'],
];
const characters: readonly string[] = Array.from(
  { length: 256 },
  (_, index) => [...ascii, ...c1, ...others, ...others, ...others][index] ?? '',
);
