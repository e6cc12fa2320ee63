import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/** Runs `npm ci` where node_modules is not what the lock file says. No package's install script runs. */
export async function installNodeModules() {
  if (matchesLock()) return;
  process.stderr.write('installing with npm ci: node_modules\n');
  const result = await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: projectRoot,
  });
  if (result.code !== 0) throw new StepFailure('npm ci failed', { detail: result.output });
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, peer?: boolean,
 *   os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 */

/** npm keeps a lock file of what it installed inside node_modules; the two are compared package by package. */
function matchesLock() {
  const installed = readLock('node_modules/.package-lock.json');
  const wanted = readLock('package-lock.json');
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted)
    .filter(([path]) => path !== '')
    .every(([path, entry]) => {
      const found = installed[path];
      if (found === undefined) return mayBeAbsent(entry);
      return found.version === entry.version && found.integrity === entry.integrity;
    });
}

/** @param {LockEntry} entry */
function mayBeAbsent(entry) {
  const forThisMachine =
    (entry.os?.includes(process.platform) ?? true) &&
    (entry.cpu?.includes(process.arch) ?? true) &&
    entry.libc === undefined;
  const isOptional = entry.optional === true || entry.devOptional === true;
  return isOptional && (!forThisMachine || (entry.os === undefined && entry.cpu === undefined));
}

/**
 * @param {string} path
 * @returns {Record<string, LockEntry> | undefined}
 */
function readLock(path) {
  const absolute = join(projectRoot, path);
  if (!existsSync(absolute)) return undefined;
  const lock = /** @type {{ packages: Record<string, LockEntry> }} */ (
    JSON.parse(readFileSync(absolute, 'utf8'))
  );
  return lock.packages;
}
