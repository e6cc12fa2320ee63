// npm test [-- VITEST ARGUMENTS]: sets up, runs the tests, and ends with the line `N passed, N failed, N skipped`.
import { runMain } from './lib/run-main.mjs';
import { runTests } from './lib/run-tests.mjs';
import { setUp } from './lib/set-up.mjs';

await runMain(async () => {
  await setUp(['demo', 'test']);
  return runTests(process.argv.slice(2));
});
