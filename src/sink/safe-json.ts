import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';

/**
 * JSON ready to be written. What JSON may hold as it is, but a terminal should not be given (DEL, C1, characters that
 * reorder text), is escaped; such characters stand in strings only, so the value stays the same.
 */
export function safeJson(json: string): Utf8String {
  if (!outsideAscii.test(json)) return json;
  return toUtf8String(harmful.test(json) ? json.replace(everyHarmful, escapeUnit) : json);
}

/** A string, or null, as {@link safeJson}. */
export function safeJsonString(text: string | null): Utf8String {
  if (text === null) return 'null';
  return special.test(text) ? safeJson(JSON.stringify(text)) : `"${text}"`;
}

// oxlint-disable-next-line no-control-regex
const outsideAscii = /[^\u0000-\u007e]/;
const special = /[^ !#-[\]-~]/;
const harmful = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const everyHarmful = new RegExp(harmful, 'g');

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
