import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.mjs';
import { StepFailure } from './step-failure.mjs';

/** @typedef {import('../../test/support/reporter.ts').TestTally} TestTally */

/**
 * Runs vitest, then lists what was skipped and why; the last line is `N passed, N failed, N skipped`.
 * @param {readonly string[]} args for vitest
 * @returns {Promise<number>} exit code
 */
export async function runTests(args) {
  mkdirSync(join(projectRoot, '.cache'), { recursive: true });
  const scratch = mkdtempSync(join(projectRoot, '.cache/test-'));
  try {
    const tallyPath = join(scratch, 'tally.json');
    const vitestCode = await runVitest(args, tallyPath);
    if (!existsSync(tallyPath))
      throw new StepFailure(`vitest ended without a result (exit code ${vitestCode})`);
    return report(/** @type {TestTally} */ (JSON.parse(readFileSync(tallyPath, 'utf8'))), vitestCode);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {readonly string[]} args
 * @param {string} tallyPath
 * @returns {Promise<number>}
 */
function runVitest(args, tallyPath) {
  const vitest = join(projectRoot, 'node_modules/vitest/vitest.mjs');
  const tallyReporter = join(projectRoot, 'test/support/reporter.ts');
  const reporters = ['--reporter=default', `--reporter=${tallyReporter}`, '--allowOnly=false'];
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
