import { existsSync } from 'node:fs';

/** Where `ip netns add` mounts them. */
const namedFolder = '/run/netns';

/** Path of the namespace that is meant: by a path, a name, or the number of a process in it; undefined when there is none. */
export function findNamespacePath(text: string): string | undefined {
  if (text.includes('/')) return existsSync(text) ? text : undefined;
  const named = `${namedFolder}/${text}`;
  if (existsSync(named)) return named;
  const ofProcess = `/proc/${text}/ns/net`;
  return /^\d+$/.test(text) && existsSync(ofProcess) ? ofProcess : undefined;
}
