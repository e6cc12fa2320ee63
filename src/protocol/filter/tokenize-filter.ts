/** A word, a string, a number, an operator or a parenthesis of a filter, and where it begins. */
export interface Token {
  readonly type: 'word' | 'string' | 'number' | 'operator' | 'end';
  readonly text: string;
  /** Of a number, with its unit applied. */
  readonly value: number;
  readonly column: number;
}

export type Tokens =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly problem: { readonly message: string; readonly column: number } };

export function tokenizeFilter(text: string): Tokens {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const blank = /^\s+/.exec(rest)?.[0] ?? '';
    if (blank !== '') {
      at += blank.length;
      continue;
    }
    const found = findToken(rest);
    if (found === null) return { ok: false, problem: { message: describeProblem(rest), column: at } };
    tokens.push({ ...found.token, column: at });
    at += found.length;
  }
  tokens.push({ type: 'end', text: '', value: Number.NaN, column: text.length });
  return { ok: true, tokens };
}

function findToken(rest: string): { readonly token: Omit<Token, 'column'>; readonly length: number } | null {
  const operator = /^(?:&&|\|\||==|!=|<=|>=|[<>~!()[\]])/.exec(rest)?.[0];
  if (operator !== undefined) return { token: plain('operator', operator), length: operator.length };
  const quoted = /^(["'])((?:\\[^]|(?!\1)[^\\])*)\1/.exec(rest);
  if (quoted !== null) {
    const text = (quoted[2] ?? '').replaceAll(
      /\\([^])/g,
      (_, character: string) => escapes.get(character) ?? character,
    );
    return { token: plain('string', text), length: quoted[0].length };
  }
  const number = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|k|kB|M|MB|G|GB|B)?(?![\w.*/:-])/.exec(rest);
  if (number !== null) {
    const value = Number(number[1]) * (units.get(number[2] ?? '') ?? 1);
    return { token: { type: 'number', text: number[0], value }, length: number[0].length };
  }
  const word = /^[\w.*/:+@%?=&#-]+/.exec(rest)?.[0].replace(/(?:&&|==).*$/, '');
  return word === undefined || word === '' ? null : { token: plain('word', word), length: word.length };
}

function plain(type: Token['type'], text: string): Omit<Token, 'column'> {
  return { type, text, value: Number.NaN };
}

function describeProblem(rest: string): string {
  return rest.startsWith('"') || rest.startsWith("'")
    ? 'this string has no end'
    : `what is ${rest.slice(0, 1)}?`;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Times in nanoseconds, sizes in bytes. */
const units: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
  ['B', 1],
  ['k', 1e3],
  ['kB', 1e3],
  ['M', 1e6],
  ['MB', 1e6],
  ['G', 1e9],
  ['GB', 1e9],
]);
