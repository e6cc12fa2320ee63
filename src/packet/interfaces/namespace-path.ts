import { existsSync, readdirSync, statSync } from 'node:fs';

/** Where `ip netns add` mounts them. */
const namedFolder = '/run/netns';
const ownPath = '/proc/self/ns/net';

/** Path of the namespace that is meant: by a path, a name, or the number of a process in it; undefined when there is none. */
export function findNamespacePath(text: string): string | undefined {
  if (text.includes('/')) return existsSync(text) ? text : undefined;
  const named = `${namedFolder}/${text}`;
  if (existsSync(named)) return named;
  const ofProcess = `/proc/${text}/ns/net`;
  return /^\d+$/.test(text) && existsSync(ofProcess) ? ofProcess : undefined;
}

/** How a namespace is told: empty for our own, its name where it has one, else as it was given. */
export function findNamespaceLabel(inode: bigint, given: string): string {
  if (inodeOf(ownPath) === inode) return '';
  const named = listNamed().find((name) => inodeOf(`${namedFolder}/${name}`) === inode);
  return named ?? given;
}

function listNamed(): readonly string[] {
  try {
    return readdirSync(namedFolder);
  } catch {
    return [];
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
