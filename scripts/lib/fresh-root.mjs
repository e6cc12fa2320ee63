import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { debianMirror } from './debian-mirror.mjs';
import { copyNetworkSettings } from './network-settings.mjs';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * @typedef {{ path: string, checkout: string, env: Record<string, string> }} FreshRoot
 *   `checkout` is a path inside the root
 *
 * A bare system of a Debian release with Node, npm and a clean checkout of the last commit, and no more.
 * @param {string} suite
 * @returns {Promise<FreshRoot>}
 */
export async function makeFreshRoot(suite) {
  const path = join(projectRoot, '.cache/fresh', suite);
  const checkout = '/root/tlstap';
  rmSync(path, { recursive: true, force: true });
  await run('cp', ['-a', await bareSystem(suite), path]);
  await addNode(path);
  mkdirSync(join(path, checkout), { recursive: true });
  await run('sh', ['-c', 'git archive HEAD | tar -x -C "$1"', 'sh', join(path, checkout)]);
  return { path, checkout, env: await copyNetworkSettings(path) };
}

/**
 * What debootstrap makes; kept, since only what is put on top of it differs from run to run.
 * @param {string} suite
 */
async function bareSystem(suite) {
  const path = join(projectRoot, '.cache/fresh', `${suite}.bare`);
  if (existsSync(path)) return path;
  const scratch = `${path}.part`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  await run('debootstrap', ['--variant=minbase', suite, scratch, debianMirror()]);
  renameSync(scratch, path);
  return path;
}

/**
 * The Node that runs this, and its npm, where a tarball from nodejs.org puts them.
 * @param {string} root
 */
async function addNode(root) {
  const bin = join(root, 'usr/local/bin');
  const modules = join(root, 'usr/local/lib/node_modules');
  const globalModules = (await run('npm', ['root', '--global'])).trim();
  mkdirSync(modules, { recursive: true });
  copyFileSync(realpathSync(process.execPath), join(bin, 'node'));
  cpSync(realpathSync(join(globalModules, 'npm')), join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function run(command, args) {
  const { code, output } = await runCommand(command, args, { cwd: projectRoot });
  if (code !== 0) {
    throw new StepFailure(`${command} failed (exit code ${code})`, {
      detail: output.split('\n').slice(-15).join('\n'),
    });
  }
  return output;
}
