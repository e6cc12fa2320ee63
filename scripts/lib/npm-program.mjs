import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * @typedef {{ name: string, version: string, integrity: string, file: string }} NpmProgram
 *   a program in a package that is fetched, never installed: `file` is its path in the package, `integrity` as in a lock file
 *
 * Fetches a program from npm's registry into .cache/programs, once, and checks what came against its digest.
 * @param {NpmProgram} program
 * @returns {Promise<string>} its path
 */
export async function npmProgram({ name, version, integrity, file }) {
  const folder = join(
    projectRoot,
    '.cache/programs',
    `${name.replaceAll(/[@/]+/g, '-').replace(/^-/, '')}-${version}`,
  );
  const path = join(folder, 'package', file);
  if (existsSync(path)) return path;
  process.stderr.write(`fetching with npm: ${name}@${version}\n`);
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}.`);
  try {
    await unpack(await download(`${name}@${version}`, integrity, scratch), scratch);
    chmodSync(join(scratch, 'package', file), 0o755);
    if (!existsSync(folder)) renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return path;
}

/**
 * @param {string} wanted
 * @param {string} integrity
 * @param {string} folder
 */
async function download(wanted, integrity, folder) {
  const { code, output } = await runCommand(
    'npm',
    ['pack', '--silent', '--pack-destination', folder, wanted],
    {
      cwd: projectRoot,
    },
  );
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (code !== 0 || tarball === undefined)
    throw new StepFailure(`npm cannot fetch ${wanted}`, { detail: output });
  const digest = createHash('sha512')
    .update(readFileSync(join(folder, tarball)))
    .digest('base64');
  if (`sha512-${digest}` !== integrity) {
    throw new StepFailure(`${wanted} is not the file that was expected: its digest differs`, {
      detail: `expected ${integrity}\n     got sha512-${digest}`,
    });
  }
  return join(folder, tarball);
}

/**
 * @param {string} tarball
 * @param {string} folder
 */
async function unpack(tarball, folder) {
  const { code, output } = await runCommand('tar', ['-xzf', tarball, '-C', folder]);
  if (code !== 0) throw new StepFailure(`tar cannot unpack ${tarball}`, { detail: output });
}
