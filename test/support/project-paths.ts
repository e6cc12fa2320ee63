import { fileURLToPath } from 'node:url';

/** Absolute paths of the project, folders without a trailing slash. */
export const projectPaths: {
  readonly root: string;
  readonly programs: string;
  readonly fixtures: string;
  readonly cache: string;
  /** The built command. */
  readonly main: string;
} = {
  root: inProject('.'),
  programs: inProject('test/programs'),
  fixtures: inProject('test/fixtures'),
  cache: inProject('.cache'),
  main: inProject('dist/main.js'),
};

function inProject(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url)).replace(/\/$/, '');
}
