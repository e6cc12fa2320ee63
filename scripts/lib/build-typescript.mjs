import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesUnder, inputDigest, isUpToDate, markUpToDate } from './input-digest.mjs';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * Compiles src/ to dist/, and removes what no source stands for any more.
 * @returns {Promise<boolean>} whether there was something to do
 */
export async function buildTypescript() {
  const sources = filesUnder('src').filter((path) => path.endsWith('.ts'));
  const outputs = sources.map((path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
  const stale = filesUnder('dist').filter((path) => path.endsWith('.js') && !outputs.includes(path));
  for (const path of stale) rmSync(join(projectRoot, path));

  const digest = inputDigest([
    'src',
    'tsconfig.json',
    'tsconfig.build.json',
    'node_modules/typescript/package.json',
  ]);
  if (isUpToDate('typescript', digest, outputs)) return false;
  await compile(outputs);
  markUpToDate('typescript', digest);
  return true;
}

/**
 * Compiled beside dist/ and moved file by file: whoever runs dist/main.js meanwhile never meets half a file.
 * @param {readonly string[]} outputs
 */
async function compile(outputs) {
  const scratch = join(projectRoot, `.cache/build/dist-${process.pid}`);
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  try {
    const result = await runCommand(
      process.execPath,
      [tsc, '-p', 'tsconfig.build.json', '--outDir', scratch],
      {
        cwd: projectRoot,
      },
    );
    if (result.code !== 0)
      throw new StepFailure('the TypeScript sources do not compile', { detail: result.output });
    for (const output of outputs) {
      const compiled = join(scratch, output.replace(/^dist\//, ''));
      if (output === 'dist/main.js') makeExecutable(compiled);
      mkdirSync(dirname(join(projectRoot, output)), { recursive: true });
      renameSync(compiled, join(projectRoot, output));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} path */
function makeExecutable(path) {
  const code = readFileSync(path, 'utf8');
  if (!code.startsWith('#!')) writeFileSync(path, `#!/usr/bin/env node\n${code}`);
  chmodSync(path, 0o755);
}
