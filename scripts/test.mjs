// npm test [-- VITEST ARGUMENTS]: sets up, runs the tests, and ends with the line `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project-root.mjs';
import { runMain } from './lib/run-main.mjs';
import { setUp } from './lib/set-up.mjs';
import { StepFailure } from './lib/step-failure.mjs';

/** @typedef {import('../test/support/reporter.ts').TestTally} TestTally */

await runMain(async () => {
  await setUp(['demo', 'test']);
  mkdirSync(join(projectRoot, '.cache'), { recursive: true });
  const scratch = mkdtempSync(join(projectRoot, '.cache/test-'));
  try {
    const tallyPath = join(scratch, 'tally.json');
    const code = await runVitest(process.argv.slice(2), tallyPath);
    if (!existsSync(tallyPath)) throw new StepFailure(`vitest ended without a result (exit code ${code})`);
    const tally = /** @type {TestTally} */ (JSON.parse(readFileSync(tallyPath, 'utf8')));
    return report(tally, code);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

/**
 * @param {readonly string[]} args
 * @param {string} tallyPath
 * @returns {Promise<number>}
 */
function runVitest(args, tallyPath) {
  const vitest = join(projectRoot, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=./test/support/reporter.ts', '--allowOnly=false'];
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { ...process.env, TLSTAP_TEST_TALLY: tallyPath },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * @param {TestTally} tally
 * @param {number} vitestCode
 */
function report({ passed, failed, skipped, complaints }, vitestCode) {
  for (const { name, reason } of skipped) console.log(`skipped: ${name}\n  ${reason}`);
  for (const complaint of complaints) console.log(`failed: ${complaint}`);
  if (passed + failed + skipped.length === 0) console.log('no test was selected');
  const isFine = failed === 0 && vitestCode === 0 && passed + skipped.length > 0;
  if (!isFine && failed === 0) console.log(`vitest's own exit code is ${vitestCode}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return isFine ? 0 : 1;
}
