import { readdirSync, readlinkSync } from 'node:fs';
import type { ConnectionKey } from '../event/event.ts';

/** A process with fewer connections is not looked at: they cost nothing. */
const fewConnections = 256;
const intervalNs = 2e9;

/**
 * Finds connections whose socket is gone though nobody closed the TLS object, as clients leave them after a handshake
 * that failed: otherwise they would fill the table until the process ends.
 */
export class AbandonedConnections {
  /** Had no socket at the last look. What had been received may still be read, so the next look decides. */
  #suspects = new Set<string>();
  #nextTimeNs = 0;

  /**
   * @param open by process, then address, the generation
   * @param findInode of its socket; undefined when it is not known, or the connection is another one by now
   */
  find(
    open: ReadonlyMap<number, ReadonlyMap<number, number>>,
    findInode: (key: ConnectionKey) => number | undefined,
    timeNs: number,
  ): readonly ConnectionKey[] {
    if (timeNs < this.#nextTimeNs) return [];
    this.#nextTimeNs = timeNs + intervalNs;
    const suspects = new Set<string>();
    const found: ConnectionKey[] = [];
    for (const [pid, pointers] of open) {
      const sockets = pointers.size < fewConnections ? undefined : readSocketInodes(pid, pointers.size);
      if (!sockets) continue;
      for (const [pointer, generation] of pointers) {
        const key = { pid, pointer, generation };
        const inode = findInode(key);
        if (inode === undefined || sockets.has(inode)) continue;
        const name = `${pid} ${pointer} ${generation}`;
        if (this.#suspects.has(name)) found.push(key);
        else suspects.add(name);
      }
    }
    this.#suspects = suspects;
    return found;
  }
}

/** Undefined where it may not be known, and where there are so many descriptors that all connections may have theirs. */
function readSocketInodes(pid: number, connections: number): ReadonlySet<number> | undefined {
  const inodes = new Set<number>();
  try {
    const descriptors = readdirSync(`/proc/${pid}/fd`);
    if (descriptors.length >= connections) return undefined;
    for (const descriptor of descriptors) {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined) inodes.add(Number(inode));
    }
  } catch {
    return undefined;
  }
  return inodes;
}

/** It may be closed by now. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
