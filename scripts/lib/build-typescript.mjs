import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { filesUnder, inputDigest, isUpToDate, markUpToDate } from './input-digest.mjs';
import { projectRoot } from './project-root.mjs';
import { StepFailure } from './step-failure.mjs';

const main = 'dist/main.js';
/** All chunks lie in one folder, so that what a module finds beside itself (`../bpf`) is there for every chunk. */
const chunkFolder = 'dist/cli';

/**
 * Bundles src/ to dist/: a few files load in a third of the time that hundreds take. What only one command needs is a
 * chunk of its own, loaded when that command runs. Types are not checked here: `npm run check` does.
 * @returns {Promise<boolean>} whether there was something to do
 */
export async function buildTypescript() {
  const digest = inputDigest([
    'src',
    'package.json',
    'scripts/lib/build-typescript.mjs',
    'node_modules/rolldown/package.json',
  ]);
  if (isUpToDate('typescript', digest, [main, join(chunkFolder, 'run.js')])) return false;
  const outputs = await bundle();
  const stale = filesUnder('dist').filter((path) => path.endsWith('.js') && !outputs.includes(path));
  for (const path of stale) rmSync(join(projectRoot, path));
  removeEmptyFolders(join(projectRoot, 'dist'));
  markUpToDate('typescript', digest);
  return true;
}

/** Made beside dist/ and moved file by file: whoever runs dist/main.js meanwhile never meets half a file. */
async function bundle() {
  const scratch = `.cache/build/dist-${process.pid}`;
  const { build } = await import('rolldown');
  try {
    const { output } = await build({
      cwd: projectRoot,
      input: 'src/cli/run.ts',
      platform: 'node',
      external: ['koffi', 'commander'],
      transform: { target: 'node20.19' },
      output: {
        dir: scratch,
        format: 'esm',
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        sanitizeFileName: (name) => name.replaceAll(/[^A-Za-z0-9-]/g, '-').toLowerCase(),
        hashCharacters: 'hex',
        comments: false,
      },
    });
    const names = output.map(({ fileName }) => fileName);
    for (const name of names) move(join(scratch, name), join(chunkFolder, name));
    writeMain();
    return [main, ...names.map((name) => join(chunkFolder, name))];
  } catch (error) {
    throw new StepFailure('the TypeScript sources do not compile', { detail: String(error) });
  } finally {
    rmSync(join(projectRoot, scratch), { recursive: true, force: true });
  }
}

/** The lines of src/main.ts, which has no types in it. */
function writeMain() {
  const code = readFileSync(join(projectRoot, 'src/main.ts'), 'utf8').replace('./cli/run.ts', './cli/run.js');
  const scratch = join(projectRoot, `${main}.${process.pid}`);
  writeFileSync(scratch, code);
  chmodSync(scratch, 0o755);
  renameSync(scratch, join(projectRoot, main));
}

/**
 * @param {string} from
 * @param {string} to
 */
function move(from, to) {
  mkdirSync(dirname(join(projectRoot, to)), { recursive: true });
  renameSync(join(projectRoot, from), join(projectRoot, to));
}

/** @param {string} folder */
function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
