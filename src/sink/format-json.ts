/**
 * Lays JSON that was sent in one line out over several. Only white space between tokens changes: numbers, strings and
 * the order of names stay as they were written. What is short and flat stays on one line. Undefined when the text is
 * not JSON in one line, or is too long or too deep to be worth it.
 */
export function formatJson(text: string): string | undefined {
  const first = text.charCodeAt(0);
  if ((first !== openBrace && first !== openBracket) || text.length > lengthLimit) return undefined;
  const source = text.endsWith('\n') ? text.trimEnd() : text;
  if (source.includes('\n') || !isJson(source)) return undefined;
  return layOut(source);
}

const lengthLimit = 1 << 20;
const depthLimit = 100;
const flatLimit = 72;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `source` is known to be JSON, so its tokens can be told apart by their first character. */
function layOut(source: string): string | undefined {
  let out = '';
  let depth = 0;
  let newline = '\n';
  for (let i = 0; i < source.length;) {
    const code = source.charCodeAt(i);
    switch (code) {
      case openBrace:
      case openBracket: {
        const end = findFlatEnd(source, i);
        if (end !== undefined) {
          out += layOutFlat(source, i, end);
          i = end;
          continue;
        }
        depth += 1;
        if (depth > depthLimit) return undefined;
        newline += '  ';
        out += source[i] + newline;
        break;
      }
      case closeBrace:
      case closeBracket:
        depth -= 1;
        newline = newline.slice(0, -2);
        out += newline + source[i];
        break;
      case comma:
        out += `,${newline}`;
        break;
      case colon:
        out += ': ';
        break;
      default: {
        const end = tokenEnd(source, i);
        if (code > 0x20) out += source.slice(i, end);
        i = end;
        continue;
      }
    }
    i += 1;
  }
  return out;
}

/** End of the array or object at `start` if it is short and holds no other; empty ones are flat, too. */
function findFlatEnd(source: string, start: number): number | undefined {
  const limit = Math.min(source.length, start + flatLimit);
  for (let i = start + 1; i < limit;) {
    const code = source.charCodeAt(i);
    if (code === closeBrace || code === closeBracket) return i + 1;
    if (code === openBrace || code === openBracket) return undefined;
    i = code === quote ? tokenEnd(source, i) : i + 1;
  }
  return undefined;
}

function layOutFlat(source: string, start: number, end: number): string {
  let out = '';
  for (let i = start; i < end;) {
    const code = source.charCodeAt(i);
    const next = tokenEnd(source, i);
    if (code === comma) out += ', ';
    else if (code === colon) out += ': ';
    else if (code > 0x20) out += source.slice(i, next);
    i = next;
  }
  return out;
}

/** A string, a number or word, or one character of punctuation or white space. */
function tokenEnd(source: string, start: number): number {
  let i = start + 1;
  if (source.charCodeAt(start) === quote) {
    while (i < source.length && source.charCodeAt(i) !== quote)
      i += source.charCodeAt(i) === backslash ? 2 : 1;
    return i + 1;
  }
  if (!isWord(source.charCodeAt(start))) return i;
  while (i < source.length && isWord(source.charCodeAt(i))) i += 1;
  return i;
}

function isWord(code: number): boolean {
  return (
    code > 0x20 &&
    code !== comma &&
    code !== colon &&
    code !== quote &&
    code !== openBracket &&
    code !== closeBracket &&
    code !== openBrace &&
    code !== closeBrace
  );
}
