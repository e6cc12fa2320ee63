import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { projectPaths } from '../support/project-paths.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';

const ways: readonly (readonly string[])[] = [[], ['--json'], ['--raw', '--json'], ['-q', '-v']];

test.for(ways.map((args) => [args.join(' ') || 'text', args] as const))(
  'a replay prints the same bytes as the capture: %s',
  async ([, args], context) => {
    await needCapture(context);
    const folder = mkdtempSync(join(tmpdir(), 'tlstap-recording-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const recording = join(folder, 'recording');
    const path = needProgram(context, 'webserver');
    const server = await RunningProgram.start(path);
    onTestFinished(() => server.kill());
    const capture = await Capture.start({
      args: ['gotls', '-e', path, '--record', recording, ...args, '--color', 'always', '-o', '-'],
    });
    onTestFinished(() => capture.dispose());
    for (const protocol of ['http/1.1', 'h2'] as const) {
      const client = await RecordedClient.connect({ port: server.port, protocol });
      await client.call({ path: '/hello' });
      await client.call({ path: '/gzip/3000' });
      await client.call({
        path: '/echo',
        method: 'POST',
        body: Buffer.from('{"a":1}'),
        headers: { 'content-type': 'application/json' },
      });
      await client.close();
    }
    await capture.stop();

    const replay = await runCommand(
      process.execPath,
      [projectPaths.main, 'replay', recording, ...args, '--color', 'always'],
      { timeoutMs: 30_000 },
    );

    expect(replay.code).toBe(0);
    expect(replay.stdout.length).toBeGreaterThan(100);
    expect(replay.stdout).toBe(capture.output().toString());
  },
);

test('--record alone prints nothing on stdout', async (context) => {
  await needCapture(context);
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-recording-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--record', join(folder, 'recording')] });
  onTestFinished(() => capture.dispose());
  const client = await RecordedClient.connect({ port: server.port, protocol: 'h2' });
  await client.call({ path: '/hello' });
  await client.close();
  await capture.stop();

  expect(capture.output().toString()).toBe('');
  const replay = await runCommand(
    process.execPath,
    [projectPaths.main, 'replay', join(folder, 'recording')],
    { timeoutMs: 30_000 },
  );
  expect(replay.stdout).toContain('GET https://localhost/hello');
});
