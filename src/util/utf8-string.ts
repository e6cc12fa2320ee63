import { Buffer } from 'node:buffer';

/**
 * Text in UTF-8 with one character per byte, so that none is above U+00FF. Strings of such characters are joined in
 * memory and written several times faster than those with an arrow or an umlaut in them; of ASCII text it is the text
 * itself.
 */
export type Utf8String = string;

export function toUtf8String(text: string): Utf8String {
  return outsideAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

// oxlint-disable-next-line no-control-regex
const outsideAscii = /[^\u0000-\u007f]/;
