import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `docs/json.md` promises: per record type its fields, in order, and its example lines. */
export interface DocumentedRecord {
  readonly fields: readonly string[];
  readonly examples: readonly string[];
}

/** Read from the document itself, so that document and program cannot drift apart. */
export function readJsonDocument(): ReadonlyMap<string, DocumentedRecord> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/json.md'), 'utf8');
  const sections = new Map<string, DocumentedRecord>();
  for (const section of text.split(/^## /m).slice(1)) {
    const [title = '', ...lines] = section.split('\n');
    const examples = lines.filter((line) => line.startsWith('{'));
    for (const [index, name] of title.split(', ').entries()) {
      const record = { fields: fieldsOf(lines), examples: examples.slice(index, index + 1) };
      sections.set(name, record);
    }
    const starts = lines.flatMap((line, at) => (/^Fields of (a|an) \w+:$/.test(line) ? [at] : []));
    for (const start of starts) {
      const name = / (\w+):$/.exec(lines[start] ?? '')?.[1] ?? '';
      sections.set(name, { fields: fieldsOf(lines.slice(start + 1)), examples: [] });
    }
  }
  return sections;
}

/** Names in the first column of the first table. */
function fieldsOf(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => line.startsWith('|---'));
  const fields: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith('|')) break;
    const cell = line.split('|')[1] ?? '';
    fields.push(...[...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''));
  }
  return fields;
}
