import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = findRoot(import.meta.dirname);

/** Absolute paths of the project, folders without a trailing slash. */
export const projectPaths: {
  readonly root: string;
  readonly programs: string;
  readonly fixtures: string;
  readonly cache: string;
  /** The built command. */
  readonly main: string;
} = {
  root,
  programs: join(root, 'test/programs'),
  fixtures: join(root, 'test/fixtures'),
  cache: join(root, '.cache'),
  main: join(root, 'dist/main.js'),
};

/** Benchmarks run compiled, some folders deeper than this file. */
function findRoot(folder: string): string {
  return existsSync(join(folder, 'package-lock.json')) ? folder : findRoot(dirname(folder));
}
