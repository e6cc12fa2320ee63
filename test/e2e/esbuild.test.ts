import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { startEsbuild } from '../support/esbuild-server.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { esbuildReleases } from '../support/real-program.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { assembleConnections } from '../support/streams.ts';

const page = `<!doctype html><title>served</title>\n${pseudoRandomText(200_000, 1).toString()}`;

describe('a program of somebody else: esbuild serves a page over HTTPS', () => {
  test.for(esbuildReleases.map(({ version, go }) => [version, go] as const))(
    'release %s, compiled by Go %s',
    async ([version], context) => {
      await needCapture(context);
      const path = needProgram(context, `esbuild@${version}`);
      const folder = mkdtempSync(join(tmpdir(), 'tlstap-esbuild-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, 'index.html'), page);
      const server = await startEsbuild(path, folder);
      onTestFinished(() => server.kill());
      const captures = [
        await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] }),
        await Capture.start({ args: ['gotls', '--pid', String(server.pid), '--json'] }),
      ] as const;
      onTestFinished(() => captures.forEach((capture) => capture.dispose()));
      const clients = [];
      for (const protocol of ['http/1.1', 'h2'] as const) {
        const client = await RecordedClient.connect({ port: server.port, protocol });
        expect((await client.call({ path: '/' })).body.toString()).toBe(page);
        await client.call({ method: 'POST', path: '/form', body: Buffer.from('name=value') });
        await client.close();
        clients.push(client);
      }
      for (const capture of captures) expect(await capture.stop()).toMatchObject({ code: 0 });

      const [raw, parsed] = captures;
      const connections = assembleConnections(raw.records(), { keepBytes: true });
      expect(connections).toHaveLength(2);
      for (const client of clients) {
        const connection = connections.find(({ remote }) => remote === client.address);
        expect(connection).toMatchObject({ role: 'server', pid: server.pid, problems: [] });
        expect(connection?.read.bytes.equals(client.sent)).toBe(true);
        expect(connection?.write.bytes.equals(client.received)).toBe(true);
      }
      expect(parsed.records('exchange').map((exchange) => exchange['protocol'])).toEqual([
        'http/1.1',
        'http/1.1',
        'h2',
        'h2',
      ]);
      const [first] = parsed.records('exchange');
      expect(first).toMatchObject({
        request: { method: 'GET', url: 'https://localhost/' },
        response: { status: 200, body: { text: page } },
      });
      // It answers a POST before it has read the body, so how much of that belongs to the exchange is a matter of luck.
      expect(parsed.records('exchange')[3]).toMatchObject({
        request: { method: 'POST', url: 'https://localhost/form' },
        response: { status: 404 },
      });
    },
  );
});
