import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.mjs';

/**
 * Digest of files and folders by name and content. Times are not used: a checkout changes them all.
 * @param {readonly string[]} paths relative to the project; folders count with all that is in them
 * @param {string} [more] anything else that the output depends on
 */
export function inputDigest(paths, more = '') {
  const hash = createHash('sha256').update(more);
  for (const path of paths.flatMap(filesUnder).toSorted()) {
    hash.update(`\0${path}\0`).update(readFileSync(join(projectRoot, path)));
  }
  return hash.digest('hex');
}

/**
 * Whether a step's outputs were made from inputs of this digest and are all still there.
 * @param {string} step
 * @param {string} digest
 * @param {readonly string[]} outputs
 */
export function isUpToDate(step, digest, outputs) {
  const stamp = stampPath(step);
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest &&
    outputs.every((output) => existsSync(join(projectRoot, output)))
  );
}

/**
 * @param {string} step
 * @param {string} digest
 */
export function markUpToDate(step, digest) {
  const stamp = stampPath(step);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(`${stamp}.${process.pid}`, digest);
  renameSync(`${stamp}.${process.pid}`, stamp);
}

/**
 * Files under a path, relative to the project; nothing for a path that does not exist.
 * @param {string} path
 * @returns {string[]}
 */
export function filesUnder(path) {
  const absolute = join(projectRoot, path);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [path];
  return readdirSync(absolute).flatMap((name) => filesUnder(join(path, name)));
}

/** @param {string} step */
function stampPath(step) {
  return join(projectRoot, '.cache/build', step);
}
