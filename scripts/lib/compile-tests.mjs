import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * Node 20 runs no TypeScript, so what is no test is compiled together with the sources and test helpers it imports.
 * @param {string} config path of its tsconfig
 * @param {string} output folder, emptied first
 * @param {string} failure what to say when that fails
 * @returns {Promise<string>} path of the folder
 */
export async function compileTests(config, output, failure) {
  const folder = join(projectRoot, output);
  rmSync(folder, { recursive: true, force: true });
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  const result = await runCommand(process.execPath, [tsc, '-p', config, '--outDir', folder], {
    cwd: projectRoot,
  });
  if (result.code !== 0) throw new StepFailure(failure, { detail: result.output });
  return folder;
}
