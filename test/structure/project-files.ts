import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
const notOurs = new Set(['.git', 'node_modules', 'dist', '.cache', 'coverage']);

export interface ProjectFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Text files of the project under a folder (`''` for all), except what is built or fetched. Found by walking, since a
 * checkout may come without git.
 */
export function readProjectFiles(folder: string): readonly ProjectFile[] {
  return filesUnder(join(root, folder)).flatMap((absolute) => {
    const bytes = readFileSync(absolute);
    return bytes.includes(0) ? [] : [{ path: relative(root, absolute), text: bytes.toString('utf8') }];
  });
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // In a linked work tree `.git` is a file, and node_modules may be a link.
    if (notOurs.has(entry.name)) return [];
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() && !entry.name.endsWith('.tgz') ? [path] : [];
  });
}
