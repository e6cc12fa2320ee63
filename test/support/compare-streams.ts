import type { JsonRecord } from './json-record.ts';
import type { CapturedConnection, CapturedStream, StreamDirection } from './streams.ts';

/** What one end of a connection says about itself: an `endpoint` line of the program `exchange`. */
export interface EndpointTruth {
  readonly pid: number;
  readonly role: 'client' | 'server';
  readonly fd: number;
  readonly local: string;
  readonly remote: string;
  readonly read: StreamTruth;
  readonly write: StreamTruth;
}

export interface StreamTruth {
  readonly bytes: number;
  readonly sha256: string;
}

export function endpointTruths(records: readonly JsonRecord[]): EndpointTruth[] {
  return records.filter(({ type }) => type === 'endpoint') as unknown as EndpointTruth[];
}

/**
 * Compares every endpoint with the one captured connection that has its addresses and its role; says in words what
 * differs, endpoints that were not captured and connections that no endpoint knows. Empty: all is equal.
 */
export function compareStreams(
  truths: readonly EndpointTruth[],
  captured: readonly CapturedConnection[],
): string[] {
  const rest = new Set(captured);
  const problems = captured.flatMap((connection) =>
    connection.problems.map((problem) => `${describe(connection)}: ${problem}`),
  );
  for (const truth of truths) {
    const matches = [...rest].filter((connection) => isSameEnd(truth, connection));
    const [connection] = matches;
    if (connection === undefined || matches.length > 1) {
      problems.push(`${truth.role} ${truth.local} → ${truth.remote}: captured ${matches.length} times`);
      continue;
    }
    rest.delete(connection);
    for (const direction of ['read', 'write'] as const) {
      problems.push(...compareStream(connection, direction, truth[direction], connection[direction]));
    }
  }
  problems.push(...[...rest].map((connection) => `unknown to the program: ${describe(connection)}`));
  return problems;
}

function isSameEnd(truth: EndpointTruth, connection: CapturedConnection): boolean {
  if (truth.pid !== connection.pid || truth.role !== connection.role) return false;
  // Unix sockets have the same names at several connections; descriptors differ while all of them are open.
  const isUnix = truth.local.startsWith('/') || truth.remote.startsWith('/');
  if (isUnix) return truth.fd === connection.fd;
  return truth.local === connection.local && truth.remote === connection.remote;
}

function compareStream(
  connection: CapturedConnection,
  direction: StreamDirection,
  truth: StreamTruth,
  stream: CapturedStream,
): string[] {
  if (stream.lengthBytes === truth.bytes && stream.sha256 === truth.sha256) return [];
  const gaps = stream.gaps.map(
    (gap) => `${String(gap['reason'])} ${String(gap['length'])} at ${String(gap['offset'])}`,
  );
  return [
    `${describe(connection)} ${direction}: ${stream.lengthBytes} bytes captured of ${truth.bytes}` +
      `${stream.lengthBytes === truth.bytes ? ', other content' : ''}; gaps: ${gaps.join(', ') || 'none'}`,
  ];
}

function describe({ id, role, local, remote, fd }: CapturedConnection): string {
  return `#${id} ${role ?? 'unknown role'} ${local ?? 'null'} → ${remote ?? 'null'} fd ${fd ?? 'null'}`;
}
