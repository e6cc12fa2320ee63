import { fileURLToPath } from 'node:url';

/** Absolute folders of the project, without a trailing slash. */
export const projectPaths = {
  root: inProject('..'),
  programs: inProject('programs'),
  fixtures: inProject('fixtures'),
  cache: inProject('../.cache'),
  main: inProject('../dist/main.js'),
} as const;

function inProject(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url)).replace(/\/$/, '');
}
