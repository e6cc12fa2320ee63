// npm run test:fresh [SUITE…]: the demo and the tests in bare Debian systems, as somebody meets them for the first time.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFreshRoot } from './lib/fresh-root.mjs';
import { installPackages } from './lib/install-packages.mjs';
import { projectRoot } from './lib/project-root.mjs';
import { runInRoot } from './lib/run-in-root.mjs';
import { runMain } from './lib/run-main.mjs';
import { StepFailure } from './lib/step-failure.mjs';

const suites = process.argv.length > 2 ? process.argv.slice(2) : ['bookworm', 'trixie'];
const commands = ['npm run demo', 'npm test'];

await runMain(async () => {
  if (process.getuid?.() !== 0)
    throw new StepFailure('a root inside this system needs root', { remedy: 'use sudo' });
  await installPackages(['fresh']);
  let failures = 0;
  for (const suite of suites) failures += await testSuite(suite);
  return failures === 0 ? 0 : 1;
});

/**
 * @param {string} suite
 * @returns {Promise<number>} how many commands failed
 */
async function testSuite(suite) {
  const logPath = join(projectRoot, '.cache/fresh', `${suite}.log`);
  mkdirSync(join(projectRoot, '.cache/fresh'), { recursive: true });
  rmSync(logPath, { force: true });
  const root = await makeFreshRoot(suite);
  let failures = 0;
  for (const command of commands) {
    const { code, lastLine, seconds } = await runInRoot(root, command, logPath);
    console.log(`${suite}  ${command}  exit code ${code}, ${seconds} s: ${lastLine.trim()}`);
    if (code !== 0) failures += 1;
  }
  // A root that has something to tell is kept until the next run.
  if (failures === 0) rmSync(root.path, { recursive: true, force: true });
  else console.log(`${suite}  see ${logPath}; the root is ${root.path}`);
  return failures;
}
