import { readdirSync, readlinkSync } from 'node:fs';

/** Which processes hold which sockets, and in which network namespaces there are processes. */
export interface SocketHolders {
  /** By the socket's inode; without those of processes whose descriptors may not be read. */
  readonly pids: ReadonlyMap<number, readonly number[]>;
  /** A process of each network namespace, by the namespace's name (`net:[INODE]`). */
  readonly namespaces: ReadonlyMap<string, number>;
}

/** Reads /proc, once; processes that end meanwhile are left out. */
export function readSocketHolders(): SocketHolders {
  const pids = new Map<number, number[]>();
  const namespaces = new Map<string, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const namespace = readLink(`/proc/${pid}/ns/net`);
    if (namespace !== undefined && !namespaces.has(namespace)) namespaces.set(namespace, pid);
    for (const inode of readSocketInodes(pid)) {
      const holders = pids.get(inode);
      if (holders) holders.push(pid);
      else pids.set(inode, [pid]);
    }
  }
  return { pids, namespaces };
}

/** Each once, though a process may have several descriptors of one socket. */
function readSocketInodes(pid: number): ReadonlySet<number> {
  const inodes = new Set<number>();
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return inodes;
  }
  for (const descriptor of descriptors) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${descriptor}`) ?? '')?.[1];
    if (inode !== undefined) inodes.add(Number(inode));
  }
  return inodes;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
