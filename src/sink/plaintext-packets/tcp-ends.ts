import type { Endpoint } from '../../event/event.ts';
import { parseAddress } from '../../packet/parse-address.ts';
import type { Connection } from '../../stream/stream-event.ts';

/** One end of a connection, as packets show it. Both ends of one have addresses of the same length. */
export interface TcpEnd {
  /** 4 or 16 bytes. */
  readonly address: readonly number[];
  readonly port: number;
}

/** Both ends, seen from the process. */
export interface TcpEnds {
  readonly local: TcpEnd;
  readonly remote: TcpEnd;
  /** They are made up: the real ones are not known, not TCP, or in use by another connection. */
  readonly isPlaceholder: boolean;
}

/** The ends of a connection; placeholders where they are not both known as addresses. */
export function findTcpEnds(connection: Connection): TcpEnds {
  const local = parseEnd(connection.local);
  const remote = parseEnd(connection.remote);
  if (local === undefined || remote === undefined) return placeholderEnds(connection);
  if (local.address.length === remote.address.length) return { local, remote, isPlaceholder: false };
  return { local: asIpv6(local), remote: asIpv6(remote), isPlaceholder: false };
}

const clientPorts = 60_000;
const firstClientPort = 4000;

/**
 * 127.84.N.1 is the process, 127.84.N.2 the other side. The server's port is 443, the client's is 4000 and the number of
 * the connection; N grows by one after 60,000 connections.
 */
export function placeholderEnds(connection: Connection): TcpEnds {
  const block = Math.floor(connection.id / clientPorts) & 0xff;
  const clientPort = firstClientPort + (connection.id % clientPorts);
  const isServer = connection.role === 'server';
  return {
    local: { address: [127, 84, block, 1], port: isServer ? 443 : clientPort },
    remote: { address: [127, 84, block, 2], port: isServer ? clientPort : 443 },
    isPlaceholder: true,
  };
}

/** Whether the process is the client: where that is not known, the higher port is the client's. */
export function isClient(connection: Connection, { local, remote }: TcpEnds): boolean {
  return connection.role === null ? local.port > remote.port : connection.role === 'client';
}

/** Names the four numbers; seen from the other end it is another text. */
export function formatEnds(local: TcpEnd, remote: TcpEnd): string {
  return `${local.address.join('.')}:${local.port}>${remote.address.join('.')}:${remote.port}`;
}

function parseEnd(endpoint: Endpoint | null): TcpEnd | undefined {
  if (endpoint === null || !('address' in endpoint)) return undefined;
  const address = parseAddress(endpoint.address);
  return address && { address, port: endpoint.port };
}

function asIpv6({ address, port }: TcpEnd): TcpEnd {
  if (address.length === 16) return { address, port };
  return { address: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address], port };
}
