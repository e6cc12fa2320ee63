import { readFileSync } from 'node:fs';
import { insertElement } from '../bpf/map-access.ts';
import { NetlinkSocket, netlinkProtocol } from '../bpf/netlink-socket.ts';
import { NetworkNamespace } from '../bpf/network-namespace.ts';
import { packetOwner } from '../event/kernel-layout.ts';
import { diagByFamily, diagKinds, formatDiagRequest } from '../packet/sockets/diag-request.ts';
import { parseDiagSocket, type DiagSocket } from '../packet/sockets/parse-diag-socket.ts';
import { chooseHolder } from './choose-holder.ts';
import { readSocketHolders } from './socket-holders.ts';

/**
 * Enters sockets that exist already, of every network namespace that has processes, into the map of owners by cookie. What
 * the kernel side has noted meanwhile stays. Returns what could not be looked up, for people.
 */
export function addOlderSockets(cookiesFd: number): readonly string[] {
  const { pids, namespaces } = readSocketHolders();
  const owners = new OwnerRows();
  const notes = new Set<string>();
  for (const pid of namespaces.values()) {
    try {
      for (const { cookie, inode } of dumpSockets(pid)) {
        const owner = owners.find(pids.get(inode) ?? []);
        if (owner !== undefined) insertElement(cookiesFd, encodeCookie(cookie), owner);
      }
    } catch (error) {
      // Its last process may have ended since.
      if (hasCode(error, 'ENOENT')) continue;
      notes.add(`owners of connections older than the start are not all known (${describe(error)})`);
    }
  }
  return [...notes];
}

function dumpSockets(pid: number): readonly DiagSocket[] {
  using namespace = new NetworkNamespace(`/proc/${pid}/ns/net`);
  using socket = namespace.run(() => new NetlinkSocket(0, netlinkProtocol.sockDiag));
  return diagKinds.flatMap((kind) =>
    socket
      .dump(diagByFamily, formatDiagRequest(kind))
      .flatMap(({ payload }) => parseDiagSocket(payload) ?? []),
  );
}

/** Rows of `struct packet_owner`, one for each process. */
class OwnerRows {
  readonly #rows = new Map<number, Buffer | undefined>();
  readonly #parents = new Map<number, number | undefined>();

  find(holders: readonly number[]): Buffer | undefined {
    const pid = chooseHolder(holders, (child) => this.#parentOf(child));
    if (pid === undefined) return undefined;
    if (!this.#rows.has(pid)) this.#rows.set(pid, readOwnerRow(pid));
    return this.#rows.get(pid);
  }

  #parentOf(pid: number): number | undefined {
    if (!this.#parents.has(pid)) this.#parents.set(pid, readStatus(pid)?.parent);
    return this.#parents.get(pid);
  }
}

function readOwnerRow(pid: number): Buffer | undefined {
  const status = readStatus(pid);
  if (status === undefined) return undefined;
  const row = Buffer.alloc(packetOwner.sizeBytes);
  row.writeUInt32LE(pid, packetOwner.pid);
  row.writeUInt32LE(status.uid, packetOwner.uid);
  // Ends with a NUL, as the kernel's own does.
  status.comm.copy(row, packetOwner.comm, 0, packetOwner.sizeBytes - packetOwner.comm - 1);
  return row;
}

function readStatus(
  pid: number,
): { readonly parent: number; readonly uid: number; readonly comm: Buffer } | undefined {
  try {
    const comm = readFileSync(`/proc/${pid}/comm`);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return {
      parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]),
      // The first of four is the real one, as bpf_get_current_uid_gid() gives it.
      uid: Number(/^Uid:\s*(\d+)/m.exec(status)?.[1]),
      comm: comm.subarray(0, comm.lastIndexOf(0x0a)),
    };
  } catch {
    return undefined;
  }
}

function encodeCookie(cookie: bigint): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64LE(cookie);
  return key;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
