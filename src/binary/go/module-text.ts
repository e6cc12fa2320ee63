/** The part of the module text that is shown. */
export interface GoModuleText {
  /** Import path of the main package; empty when the text does not say. */
  readonly path: string;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Lines of tab-separated words (Go: runtime/debug, ParseBuildInfo), between two marks of 16 bytes.
 * Lines that are not understood are passed over.
 */
export function parseModuleText(marked: string): GoModuleText {
  if (marked.length < 33 || marked[marked.length - 17] !== '\n') return { path: '', settings: {} };
  let path = '';
  const settings: [string, string][] = [];
  for (const line of marked.slice(16, -16).split('\n')) {
    const [word, value = ''] = line.split('\t', 2);
    if (word === 'path') path = value;
    const equals = value.indexOf('=', value.startsWith('"') ? value.indexOf('"', 1) : 0);
    if (word === 'build' && equals > 0) {
      settings.push([unquoted(value.slice(0, equals)), unquoted(value.slice(equals + 1))]);
    }
  }
  // fromEntries makes own properties of every key, `__proto__` too.
  return { path, settings: Object.fromEntries(settings) };
}

/** Go quotes what holds blanks or quotes; its simple escapes are those of JSON. */
function unquoted(text: string): string {
  if (text.startsWith('`') && text.endsWith('`') && text.length > 1) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
