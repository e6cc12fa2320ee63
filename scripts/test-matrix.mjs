// npm run test:matrix [-- --all] [-- VITEST ARGUMENTS]: the long matrix. A run that was interrupted goes on where it
// stopped, with --all it begins anew; docs/matrix.md is written from what all runs have found.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatMatrix } from './lib/format-matrix.mjs';
import { projectRoot } from './lib/project-root.mjs';
import { runMain } from './lib/run-main.mjs';
import { runTests } from './lib/run-tests.mjs';
import { setUp } from './lib/set-up.mjs';

await runMain(async () => {
  const all = process.argv.includes('--all');
  const args = process.argv.slice(2).filter((argument) => argument !== '--all');
  if (all) process.env['TLSTAP_MATRIX_ALL'] = '1';
  await setUp(['demo', 'test']);
  const code = await runTests(['--config', 'vitest.matrix.config.ts', ...args]);
  const results = join(projectRoot, '.cache/matrix/results.json');
  if (existsSync(results)) {
    const found = /** @type {import('../test/matrix/results.ts').CellResult[]} */ (
      JSON.parse(readFileSync(results, 'utf8'))
    );
    writeFileSync(join(projectRoot, 'docs/matrix.md'), formatMatrix(found));
  }
  return code;
});
