import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readWith } from '../sink/pcapng/tshark.ts';
import { Capture } from '../support/capture.ts';
import { projectPaths } from '../support/project-paths.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';

test('--pcap-plaintext: text of new and of older connections as packets that tshark reads; a replay makes the same', async (context) => {
  await needCapture(context);
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-plaintext-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const live = join(folder, 'live.pcapng');
  const recording = join(folder, 'recording');
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  const older = await RecordedClient.connect({ port: server.port, protocol: 'http/1.1' });
  await older.call({ path: '/hello?before' });
  const capture = await Capture.start({
    args: ['gotls', '-e', path, '--pcap-plaintext', live, '--record', recording],
  });
  onTestFinished(() => capture.dispose());
  await older.call({ path: '/hello?after' });
  await older.close();
  const client = await RecordedClient.connect({ port: server.port, protocol: 'http/1.1' });
  await client.call({ path: '/hello?new' });
  await client.close();
  const result = await capture.stop();

  expect(result.code).toBe(0);
  expect(capture.output().length).toBe(0);
  const http = ['-d', `tcp.port==${server.port},http`, '-Y', 'http.request', '-T', 'fields'];
  const fields = ['-e', 'tcp.dstport', '-e', 'ip.dst', '-e', 'http.request.uri'];
  expect(await readWith(context, 'tshark', ['-r', live, ...http, ...fields])).toEqual([
    `${server.port}\t127.0.0.1\t/hello?after`,
    `${server.port}\t127.0.0.1\t/hello?new`,
  ]);
  const comments = await readWith(context, 'tshark', ['-r', live, '-T', 'fields', '-e', 'frame.comment']);
  expect(comments.every((comment) => comment.includes(`decrypted text of connection`))).toBe(true);
  expect(comments.every((comment) => comment.includes(`pid=${server.pid}`))).toBe(true);

  const again = join(folder, 'again.pcapng');
  const replay = await runCommand(
    process.execPath,
    [projectPaths.main, 'replay', recording, '--pcap-plaintext', again],
    { timeoutMs: 30_000 },
  );
  expect(replay).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(again).equals(readFileSync(live))).toBe(true);
});
