import type { Decrypted } from './decrypted.ts';
import { readPackets } from './packet-file.ts';
import { pseudoRandomText } from './pseudo-random.ts';
import { RecordedClient } from './recorded-client.ts';

export const kindsOfConnection: readonly {
  readonly protocol: 'http/1.1' | 'h2';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
}[] = (['http/1.1', 'h2'] as const).flatMap((protocol) =>
  (['TLSv1.2', 'TLSv1.3'] as const).map((maxVersion) => ({ protocol, maxVersion })),
);

export interface Said {
  readonly requests: string[];
  readonly bodies: string[];
}

/**
 * As often as there are rounds, a connection of each kind, each with a body of its own in both directions; with `resumed`,
 * every second round resumes the sessions of TLS 1.3 of the one before.
 */
export async function talk(port: number, rounds: number, first = 0, resumed = false): Promise<Said> {
  const said: Said = { requests: [], bodies: [] };
  const sessions: (Buffer | undefined)[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, kind] of kindsOfConnection.entries()) {
      const seed = first + 10 * round + index;
      const resumes = resumed && round % 2 === 1 && kind.maxVersion === 'TLSv1.3';
      const session = resumes ? sessions[index] : undefined;
      const client = await RecordedClient.connect({
        port,
        ...kind,
        ...(session !== undefined && { session }),
      });
      if (client.isResumed !== resumes) throw new Error(`resumed: ${client.isResumed}, not ${resumes}`);
      await converse(client, seed, said);
      sessions[index] = client.session;
      await client.close();
    }
  }
  return said;
}

async function converse(client: RecordedClient, seed: number, said: Said): Promise<void> {
  const bytes = 64 * (1 + ((seed * 37) % 700));
  const upload = pseudoRandomText(64 * (1 + ((seed * 13) % 300)), seed + 500);
  const path = `/text/${bytes}?seed=${seed}`;
  const got = await client.call({ path });
  const echoed = await client.call({
    method: 'POST',
    path: `/echo?${seed}`,
    body: upload,
    headers: { 'content-type': 'text/plain' },
  });
  said.requests.push(path, `/echo?${seed}`);
  said.bodies.push(got.body.toString(), upload.toString(), echoed.body.toString());
}

/** What was said and is not there; both have each body once per time it was said. */
export function missing(said: Said, read: Decrypted): string[] {
  const left = [...read.bodies];
  return [
    ...said.requests.filter((request) => !read.requests.includes(request)),
    ...said.bodies.flatMap((body) => {
      const index = left.indexOf(body);
      if (index >= 0) left.splice(index, 1);
      return index >= 0 ? [] : [`a body of ${body.length} bytes: ${body.slice(0, 20)}…`];
    }),
  ];
}

/** Packets of a file by the process in their comment. */
export function countOwners(path: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { comments } of readPackets(path)) {
    const pid = /^pid=(\d+) /.exec(comments.join(' '))?.[1] ?? 'nobody';
    counts[pid] = (counts[pid] ?? 0) + 1;
  }
  return counts;
}
