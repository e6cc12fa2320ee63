import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parseSocketTable, type SocketLine } from './parse-socket-table.ts';

/** TCP and UDP sockets of a process; none of one that is gone. */
export function readSocketsOf(pid: number): SocketLine[] {
  const inodes = readSocketInodes(pid);
  if (inodes.size === 0) return [];
  return tables
    .flatMap((table) => parseSocketTable(readText(`/proc/${pid}/net/${table}`)))
    .filter(({ inode }) => inodes.has(inode));
}

/** In /proc/PID/net, which tells those of the process's network namespace. */
const tables: readonly string[] = ['tcp', 'tcp6', 'udp', 'udp6'];

function readSocketInodes(pid: number): ReadonlySet<number> {
  const inodes = new Set<number>();
  for (const fd of list(`/proc/${pid}/fd`)) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`)) ?? [];
    if (inode !== undefined) inodes.add(Number(inode));
  }
  return inodes;
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
