import { lstatSync, readlinkSync, statSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';

/** Changes that no folder tells of are seen this much later: a folder that was renamed, a file system without inotify. */
const pollMs = 1000;
/** Several events of one change are looked at once. */
const gatherMs = 3;
/** As the kernel follows them (MAXSYMLINKS). */
const mostLinks = 40;

/**
 * Watches paths for files that take the place of those that were there: renamed over, written anew, or reached by a
 * symbolic link that leads elsewhere now. A path that leads nowhere is no change.
 */
export class PathWatch implements Disposable {
  readonly #states = new Map<string, string | undefined>();
  readonly #onChange: (path: string) => void;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;

  constructor(paths: readonly string[], onChange: (path: string) => void) {
    this.#onChange = onChange;
    for (const path of paths) this.#states.set(resolve(path), readState(path));
    this.#watchFolders();
    this.#poll = setInterval(() => this.#look(), pollMs).unref();
  }

  #look(): void {
    this.#gathering = undefined;
    for (const [path, before] of this.#states) {
      const state = readState(path);
      if (state === undefined || state === before) continue;
      this.#states.set(path, state);
      this.#watchFolders();
      this.#onChange(path);
    }
  }

  #watchFolders(): void {
    const wanted = new Set([...this.#states.keys()].flatMap((path) => listFolders(path)));
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        this.#gathering ??= setTimeout(() => this.#look(), gatherMs).unref();
      });
      // It is gone, say; the poll goes on.
      watcher.on('error', () => watcher.close());
      this.#folders.set(folder, watcher);
    } catch {
      // Too many watches, or no right to read it.
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    clearTimeout(this.#gathering);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }
}

/** Which file it is and what is in it; undefined when there is none. */
function readState(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join(' ');
  } catch {
    return undefined;
  }
}

/** The folders in which a change of an entry makes the path lead elsewhere: that of the file, and those of links on the way. */
function listFolders(path: string): string[] {
  const folders: string[] = [];
  let links = 0;
  const walk = (from: string, names: readonly string[]): void => {
    let current = from;
    for (const [index, name] of names.entries()) {
      const entry = join(current, name);
      const target = links < mostLinks ? readLink(entry) : undefined;
      if (target !== undefined) {
        links++;
        folders.push(current);
        const whole = resolve(current, target);
        walk(parse(whole).root, [...split(whole), ...names.slice(index + 1)]);
        return;
      }
      current = entry;
    }
    folders.push(dirname(current));
  };
  walk(parse(path).root, split(path));
  return folders;
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
