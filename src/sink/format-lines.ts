import { escapeText } from '../util/escape-text.ts';

/**
 * Captured text as indented lines, harmless to a terminal. CRLF counts as a newline and newlines at the end are left
 * out, unless the text is to be `exact`. Empty lines get no indent; the result ends with a newline.
 */
export function formatLines(
  text: string,
  options: { readonly indent: string; readonly unicode: boolean; readonly exact?: boolean },
): string {
  const { indent, unicode, exact = false } = options;
  const unix = !exact && text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
  const safe = escapeText(unix, unicode);
  let end = safe.length;
  while (end > 0 && safe.charCodeAt(end - 1) === newline) end -= 1;
  let out = '';
  let start = 0;
  while (start < end) {
    const found = safe.indexOf('\n', start);
    const lineEnd = found === -1 || found > end ? end : found;
    out += lineEnd === start ? '\n' : `${indent}${safe.slice(start, lineEnd)}\n`;
    start = lineEnd + 1;
  }
  return out;
}

const newline = 0x0a;
