import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** How many scripts may name each other as interpreters: as in the kernel (BINPRM_MAX_RECURSION). */
const mostInterpreters = 4;

/** The file that execvp(3) would run for a command's name; undefined when there is none. */
export function findExecutable(
  command: string,
  path: string = process.env['PATH'] ?? '',
): string | undefined {
  if (command.includes('/')) return isExecutable(command) ? resolve(command) : undefined;
  const folders = path === '' ? ['/usr/bin', '/bin'] : path.split(delimiter);
  return folders.map((folder) => join(folder === '' ? '.' : folder, command)).find(isExecutable);
}

/** What the kernel really loads for a file: the interpreter of a script (`#!`), else the file. */
export function findLoadedFile(path: string): string {
  let current = path;
  for (let depth = 0; depth < mostInterpreters; depth++) {
    const [, interpreter] = /^#![ \t]*([^ \t\n]+)/.exec(readBeginning(current)) ?? [];
    if (interpreter === undefined) return current;
    current = interpreter;
  }
  return current;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function readBeginning(path: string): string {
  const bytes = Buffer.alloc(256);
  const fd = openSync(path, 'r');
  try {
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
