import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { readKernelObjects, survivingObjects } from '../support/kernel-objects.ts';
import { LoadProgram } from '../support/load-program.ts';
import { changedText } from '../support/process-text.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { assembleConnections } from '../support/streams.ts';
import { waitUntil } from '../support/wait-until.ts';

// The newest way of attaching that this kernel has, and the one of kernels before 6.6, which is slow to detach.
describe.each([
  ['the best that there is', ''],
  ['perf', 'perf'],
])('under load, attached by %s', (_name, method) => {
  test('kill -9 of tlstap: every request is answered, no probe stays in the code, no program in the kernel', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'load');
    const load = await startLoad(path);
    const capture = await startCapture(['gotls', '-e', path, '--raw', '--json'], method);
    const objects = readKernelObjects(capture.pid);
    expect(objects.programs.length).toBeGreaterThan(0);
    // Otherwise the comparison below would show nothing.
    expect(changedText(load.pid, path).length).toBeGreaterThan(0);
    await load.goOn();

    expect(await capture.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

    await waitUntil(
      () => survivingObjects(objects).length === 0,
      20_000,
      () => survivingObjects(objects).join(', '),
    );
    expect(changedText(load.pid, path)).toEqual([]);
    await load.goOn();
    await load.stop();
    await load.end();
  });

  test.for([
    // Text is not printed by another way of attaching than JSON is.
    ...(method === '' ? [['text', []] as const] : []),
    ['raw JSON', ['--raw', '--json']] as const,
  ])('SIGINT while it prints %s: the summary within 2 s, exit code 0', async ([, args], context) => {
    await needCapture(context);
    const path = needProgram(context, 'load');
    const load = await startLoad(path);
    const capture = await startCapture(['gotls', '-e', path, ...args], method);
    await load.goOn();

    const before = performance.now();
    process.kill(capture.pid, 'SIGINT');
    await waitUntil(
      () => /32 connections of 1 process, \S+ \S+ read/.test(capture.stderr),
      20_000,
      () => `a summary: ${capture.stderr}`,
    );
    const seconds = (performance.now() - before) / 1000;

    expect(await capture.exit()).toMatchObject({ code: 0, signal: null });
    expect(seconds).toBeLessThan(2);
    await load.stop();
    await load.end();
  });
});

test('a target that is killed: all that it had said, its connections end, and the capture goes on', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const capture = await startCapture(['gotls', '-e', path, '--raw', '--json'], '');
  const server = await LoadProgram.start(path, ['-mode', 'server']);
  const client = await LoadProgram.start(path, ['-mode', 'client', '-address', server.program.address]);
  await client.tell('begin 16');
  await client.goOn();

  server.program.kill();

  expect(await server.program.exit()).toBeNull();
  await capture.waitForOutput((output) => closesOf(output, server.pid) === 16);
  expect(capture.records('end')).toEqual([]);
  // Another one is captured as before.
  const later = await LoadProgram.start(path);
  await later.tell('crowd 4');
  await later.end();
  await client.end();
  expect(await capture.stop()).toMatchObject({ code: 0 });

  const connections = assembleConnections(capture.records(), { keepBytes: true });
  expect(connections.flatMap(({ problems }) => problems)).toEqual([]);
  expect(connections.filter(({ pid }) => pid === later.pid)).toHaveLength(8);
  const clients = connections.filter(({ pid }) => pid === client.pid);
  expect(clients).toHaveLength(16);
  for (const { local, read, write } of clients) {
    const other = connections.find(({ pid, remote }) => pid === server.pid && remote === local);
    // What arrived was said, and what was read was asked: up to where the end came between them.
    expect(other?.write.bytes.subarray(0, read.lengthBytes).equals(read.bytes)).toBe(true);
    expect(write.bytes.subarray(0, other?.read.lengthBytes).equals(other?.read.bytes ?? Buffer.of(0))).toBe(
      true,
    );
    expect(read.lengthBytes).toBeGreaterThan(0);
  }
});

async function startLoad(path: string): Promise<LoadProgram> {
  const load = await LoadProgram.start(path);
  await load.tell('begin 16');
  await load.goOn();
  return load;
}

async function startCapture(args: readonly string[], method: string): Promise<Capture> {
  const capture = await Capture.start({ args, env: method === '' ? {} : { TLSTAP_ATTACH: method } });
  onTestFinished(() => capture.dispose());
  return capture;
}

function closesOf(output: string, pid: number): number {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{"type":"close"') && line.includes(`"pid":${pid},`)).length;
}
