/** Newlines at the end are left out; empty lines get no indent. The result ends with a newline, or is empty. */
export function indentLines(text: string, indent: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === newline) end -= 1;
  let out = '';
  let start = 0;
  while (start < end) {
    const found = text.indexOf('\n', start);
    const lineEnd = found === -1 || found > end ? end : found;
    out += lineEnd === start ? '\n' : `${indent}${text.slice(start, lineEnd)}\n`;
    start = lineEnd + 1;
  }
  return out;
}

const newline = 0x0a;
