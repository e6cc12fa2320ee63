import { escapeLine } from '../util/escape-text.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';

/** {@link escapeLine}, ready to be written. Nearly all is printable ASCII, which costs one look. */
export function safeLine(text: string, unicode: boolean): Utf8String {
  return outsidePrintable.test(text) ? toUtf8String(escapeLine(text, unicode)) : text;
}

const outsidePrintable = /[^ -~]/;
