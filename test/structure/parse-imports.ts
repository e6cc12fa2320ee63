/** Specifiers of all imports and re-exports of a TypeScript source, static or dynamic, of types or values. */
export function parseImports(code: string): readonly string[] {
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const importPattern =
  /^\s*(?:import|export)\s[^'"`;]*?\sfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/gm;
