import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where a command is: in PATH, or in one of the folders that a non-login PATH often lacks.
 * @param {string} name
 * @returns {string | undefined}
 */
export function findCommand(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...alsoSearched];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

const alsoSearched = ['/usr/local/go/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
