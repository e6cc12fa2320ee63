import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { startEsbuild } from '../support/esbuild-server.ts';
import { pseudoRandomBytes, pseudoRandomText } from '../support/pseudo-random.ts';
import { esbuildReleases, moreEsbuildReleases, provideRealProgram } from '../support/real-program.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture } from '../support/requirements.ts';
import { assembleConnections } from '../support/streams.ts';
import { MatrixResults, type Cell } from './results.ts';
import { runCell, type CellFinding } from './run-cell.ts';

const noHttps = 'serves plain HTTP only: HTTPS came with 0.17.0';

const releases: readonly (Cell & { readonly find: () => Promise<CellFinding> })[] = [
  ...['0.8.57 (Go 1.16)', '0.14.54 (Go 1.19)'].map((row) =>
    cell(row, () => Promise.resolve({ notApplicable: noHttps })),
  ),
  ...[...esbuildReleases, ...moreEsbuildReleases].map((release) =>
    cell(`${release.version} (Go ${release.go})`, async () => {
      const program = await provideRealProgram(release);
      return program.ok ? compare(program.value) : { notApplicable: program.reason };
    }),
  ),
];

const results = new MatrixResults('esbuild', releases);

test.for(releases.map((release) => [release.row, release] as const))(
  'every stream is captured exactly: esbuild %s',
  async ([, release], context) => {
    await needCapture(context);
    await runCell(context, results, release, release.find);
  },
);

function cell(row: string, find: () => Promise<CellFinding>): Cell & { find: () => Promise<CellFinding> } {
  return { row, column: 'serve over HTTPS', find };
}

/** 64 connections, 16 at once: requests with paths of any length, files of 1 B to 300 kB. */
async function compare(program: string): Promise<CellFinding> {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-esbuild-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sizes = Array.from({ length: 16 }, (_, index) => sizeOf(index));
  sizes.forEach((size, index) => writeFileSync(join(folder, `${index}.txt`), pseudoRandomText(size, index)));
  const server = await startEsbuild(program, folder);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', program, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  const clients: RecordedClient[] = [];
  for (let round = 0; round < 4; round++) {
    const numbers = Array.from({ length: 16 }, (_, index) => 16 * round + index);
    clients.push(...(await Promise.all(numbers.map((number) => fetchSome(server.port, number)))));
  }
  expect(await capture.stop()).toMatchObject({ code: 0 });

  const connections = assembleConnections(capture.records(), { keepBytes: true });
  expect(connections).toHaveLength(clients.length);
  let bytes = 0;
  for (const { address, sent, received } of clients) {
    const connection = connections.find(({ remote }) => remote === address);
    expect(connection).toMatchObject({ role: 'server', pid: server.pid, problems: [] });
    expect(connection?.read.bytes.equals(sent)).toBe(true);
    expect(connection?.write.bytes.equals(received)).toBe(true);
    bytes += sent.length + received.length;
  }
  return { ends: connections.length, bytes };
}

async function fetchSome(port: number, number: number): Promise<RecordedClient> {
  const client = await RecordedClient.connect({
    port,
    protocol: number % 2 === 0 ? 'http/1.1' : 'h2',
    maxVersion: number % 4 < 2 ? 'TLSv1.2' : 'TLSv1.3',
  });
  for (let turn = 0; turn < 3; turn++) {
    const file = (number + 5 * turn) % 16;
    const question = pseudoRandomBytes(1 + ((number * 131 + turn) % 1500), number).toString('hex');
    const { body } = await client.call({ path: `/${file}.txt?${question}` });
    expect(body.equals(pseudoRandomText(sizeOf(file), file))).toBe(true);
  }
  await client.close();
  return client;
}

function sizeOf(file: number): number {
  return file % 3 === 0 ? 1 + ((file * 7919) % 2000) : 1 + ((file * 104_729) % 300_000);
}
