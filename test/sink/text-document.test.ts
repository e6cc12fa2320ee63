import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('every example of docs/text.md is what the golden files show', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/text.md'), 'utf8');
  const golden = readdirSync(join(import.meta.dirname, 'golden'))
    .filter((name) => /^text-(plain|quiet)\.txt$/.test(name))
    .map((name) => readFileSync(join(import.meta.dirname, 'golden', name), 'utf8'));
  const examples = [...text.matchAll(/^```\n([^]*?)^```$/gm)].map((match) => match[1] ?? '');
  expect(examples.length).toBeGreaterThan(8);
  for (const example of examples)
    expect(
      golden.some((file) => file.includes(example)),
      example,
    ).toBe(true);
});
