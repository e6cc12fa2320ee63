// npm run fuzz [-- SECONDS PARSER…]: feeds hostile inputs to the project's parsers; without arguments lists them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compileTests } from './lib/compile-tests.mjs';
import { projectRoot } from './lib/project-root.mjs';
import { runMain } from './lib/run-main.mjs';
import { setUp } from './lib/set-up.mjs';

await runMain(async () => {
  await setUp([]);
  const compiled = await compileTests(
    'test/fuzz/tsconfig.json',
    '.cache/fuzz',
    'the fuzzer does not compile',
  );
  const main = join(compiled, 'test/fuzz/main.js');
  const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
    cwd: projectRoot,
    stdio: 'inherit',
  });
  return status ?? 1;
});
