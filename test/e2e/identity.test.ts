import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { Capture } from '../support/capture.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections, type CapturedConnection } from '../support/streams.ts';

describe('a connection is named by the addresses of its socket', () => {
  test.for([
    ['IPv6', ['-network', 'tcp6', '-address', '[::1]:0']],
    ['IPv4 on a socket for both', ['-network', 'tcp', '-address', '[::]:0', '-dial', '127.0.0.1']],
  ] as const)('%s', async ([, programArgs], context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, 'machine'), {
      programArgs: [...programArgs, '-connections', '4', '-max', '20000'],
    });

    expect(run.truths).toHaveLength(16);
    expect(run.problems).toEqual([]);
  });

  test('Unix sockets by path and descriptor', async (context) => {
    await needCapture(context);
    const folder = mkdtempSync(join(tmpdir(), 'tlstap-unix-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'socket');
    const run = await captureExchange(needProgram(context, 'machine'), {
      programArgs: ['-network', 'unix', '-address', path, '-connections', '4', '-max', '20000'],
    });

    expect(run.problems).toEqual([]);
    const names = run.connections.map(({ role, local, remote }) => [role, local, remote].join(' '));
    expect(new Set(names)).toEqual(new Set([`client  ${path}`, `server ${path} `]));
  });

  // What servers do to accepted connections: limit them, count them, both, or embed them in a struct of their own.
  test.for(['none', 'limit', 'track', 'nested', 'embed'] as const)(
    'a net.Conn wrapped by the server: %s',
    async (wrap, context) => {
      await needCapture(context);
      const { connection, client, server } = await captureWrapped(needProgram(context, 'webserver'), wrap);

      expect(connection).toMatchObject({
        role: 'server',
        local: `127.0.0.1:${server.port}`,
        remote: client.address,
        problems: [],
      });
      expect(connection?.fd).toBeGreaterThan(2);
    },
  );

  // The first connection of its kind: whether its socket shows depends on what it still writes once that is looked for.
  test('is right or null where a net.Conn does not lead to it, and the bytes are there all the same', async (context) => {
    await needCapture(context);
    const { connection, client, server } = await captureWrapped(needProgram(context, 'webserver'), 'hidden');

    expect(connection).toMatchObject({ role: 'server', problems: [] });
    const { local, remote } = connection ?? {};
    expect([
      [null, null],
      [`127.0.0.1:${server.port}`, client.address],
    ]).toContainEqual([local, remote]);
    expect(connection?.read.bytes.equals(client.sent)).toBe(true);
    expect(connection?.write.bytes.equals(client.received)).toBe(true);
  });
});

async function captureWrapped(
  program: string,
  wrap: string,
): Promise<{ connection: CapturedConnection | undefined; client: RecordedClient; server: RunningProgram }> {
  const server = await RunningProgram.start(program, ['-wrap', wrap]);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', program, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  const client = await RecordedClient.connect({ port: server.port, protocol: 'http/1.1' });
  await client.call({ path: '/hello' });
  await client.close();
  await capture.stop();
  const [connection, ...others] = assembleConnections(capture.records(), { keepBytes: true });
  expect(others).toEqual([]);
  return { connection, client, server };
}
