import { escapeText } from '../util/escape-text.ts';
import { indentLines } from './indent-lines.ts';

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
  return indentLines(escapeText(unix, unicode), indent);
}
