/**
 * Makes captured text harmless: control characters (C0, DEL, C1), line separators and characters that reorder what is
 * beside them are written as `\x1b` or `\u202e`. Newline and tab stay, so the result may have many lines.
 * With `unicode` false everything outside ASCII is escaped too: a terminal that is not in UTF-8 could take the
 * bytes of a harmless letter for a control sequence (0x9b is CSI).
 */
export function escapeText(text: string, unicode: boolean): string {
  return unicode
    ? replaceWhereNeeded(text, unsafe, everyUnsafe)
    : replaceWhereNeeded(text, unsafeOrForeign, everyUnsafeOrForeign);
}

/** As {@link escapeText}, for what must stay on one line: newline and tab are escaped as well. */
export function escapeLine(text: string, unicode: boolean): string {
  return unicode
    ? replaceWhereNeeded(text, unsafeInLine, everyUnsafeInLine)
    : replaceWhereNeeded(text, unsafeOrForeignInLine, everyUnsafeOrForeignInLine);
}

// U+061C, U+200E, U+200F, U+202A–202E and U+2066–2069 are the bidirectional controls of Unicode UAX #9; U+2028 and
// U+2029 break lines. Lone surrogates have no UTF-8 form.
const reordering = '\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff';
const unsafeClass = `[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f${reordering}]`;
const unsafeInLineClass = `[\\u0000-\\u001f\\u007f-\\u009f${reordering}]`;
const unsafe = new RegExp(unsafeClass, 'u');
const everyUnsafe = new RegExp(unsafeClass, 'gu');
const unsafeInLine = new RegExp(unsafeInLineClass, 'u');
const everyUnsafeInLine = new RegExp(unsafeInLineClass, 'gu');
const unsafeOrForeign = /[^\t\n -~]/u;
const everyUnsafeOrForeign = /[^\t\n -~]/gu;
const unsafeOrForeignInLine = /[^ -~]/u;
const everyUnsafeOrForeignInLine = /[^ -~]/gu;

function replaceWhereNeeded(text: string, first: RegExp, every: RegExp): string {
  return first.test(text) ? text.replace(every, escapeCharacter) : text;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}
