import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a command is: in PATH, or in a folder that a non-login PATH often lacks. */
export function findCommand(name: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/go/bin',
    '/usr/sbin',
    '/sbin',
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
