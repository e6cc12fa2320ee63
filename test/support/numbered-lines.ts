import type { CapturedConnection } from './streams.ts';

const lineBytes = 64;

/**
 * What is wrong with captured connections of the program `load`, in words: every line that goes over a connection bears
 * its number, which tells what each direction must have said, to the byte. Empty: each of the numbers 1 to `count` was
 * captured once as client and once as server, and nothing was lost, doubled or mixed up.
 */
export function findMixedConnections(connections: readonly CapturedConnection[], count: number): string[] {
  const problems = connections.flatMap((connection) => connection.problems);
  const seen = new Map<string, CapturedConnection>();
  for (const connection of connections) {
    const { role, read, write } = connection;
    const [up, down] = role === 'client' ? [write, read] : [read, write];
    const number = Number(up.bytes.toString('latin1', 5, 13));
    const name = `${role} ${number}`;
    if (seen.has(name)) problems.push(`${name} was captured twice`);
    seen.set(name, connection);
    const [upLines, downLines] = linesOf(number);
    if (!up.bytes.equals(lines('up', number, upLines))) problems.push(`${name}: other bytes up`);
    if (!down.bytes.equals(lines('down', number, downLines))) problems.push(`${name}: other bytes down`);
    if (up.gaps.length + down.gaps.length > 0) problems.push(`${name}: gaps`);
    if (!connection.isClosed) problems.push(`${name}: not closed`);
  }
  for (let number = 1; number <= count; number++) {
    const [client, server] = [seen.get(`client ${number}`), seen.get(`server ${number}`)];
    if (!client || !server) problems.push(`${number}: ${client ? 'no server' : 'no client'}`);
    else if (client.local !== server.remote || client.remote !== server.local)
      problems.push(`${number}: ${client.local} → ${client.remote}, but ${server.local} → ${server.remote}`);
  }
  if (seen.size !== 2 * count) problems.push(`${seen.size} ends instead of ${2 * count}`);
  return problems;
}

/** As `linesOf` of the program. */
function linesOf(number: number): readonly [up: number, down: number] {
  return [1 + ((number * 7) % 20), 1 + ((number * 13) % 50)];
}

function lines(what: string, number: number, count: number): Buffer {
  const letter = String.fromCodePoint(97 + (number % 26));
  const all = Array.from({ length: count }, (_, index) => {
    const head = `${what.padEnd(4)} ${String(number).padStart(8, '0')} ${String(index).padStart(4, '0')} `;
    return `${head.padEnd(lineBytes - 1, letter)}\n`;
  });
  return Buffer.from(all.join(''), 'latin1');
}
