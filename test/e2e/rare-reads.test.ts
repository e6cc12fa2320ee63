import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureExchange, type ExchangeRun } from '../support/capture-exchange.ts';
import { Capture } from '../support/capture.ts';
import { pseudoRandomBytes } from '../support/pseudo-random.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

// Arguments in registers, and arguments on the stack.
const builds = ['edges', 'edges116'] as const;

describe.each(builds)('nothing is lost, doubled or swapped: %s', (build) => {
  test('data that comes together with the end of the stream in one Read', async (context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, build), { programArgs: ['-mode', 'end'] });

    expectExact(run, 96);
    // TLS 1.3 hides which record is an alert, so there Read does not look ahead.
    expect(run.done['withEnd']).toBeGreaterThanOrEqual(12);
  });

  test('Read into buffers on stacks that grow, and so move, within the call', async (context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, build), { programArgs: ['-mode', 'stack'] });

    expectExact(run, 96);
    expect(run.done['moved']).toBeGreaterThan(96);
  });

  test('records of 16,384 bytes, and writes of more than 1 MiB', async (context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, build), {
      programArgs: ['-mode', 'records', '-connections', '2'],
    });

    expectExact(run, 8);
    const full = run.records.filter(
      ({ type, direction, length }) => type === 'data' && direction === 'read' && length === 16_384,
    );
    expect(full).toHaveLength(Number(run.done['full']));
    expect(full.length).toBeGreaterThan(500);
  });
});

test('nothing is lost, doubled or swapped: HTTP/2 frames of 16,393 bytes, both ways', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  const client = await RecordedClient.connect({ port: server.port, protocol: 'h2' });
  const upload = pseudoRandomBytes(20 * 16_384, 21);
  const [echo] = await Promise.all([
    client.call({ method: 'POST', path: '/echo', body: upload }),
    ...[1, 2, 3].map((seed) => client.call({ path: `/bytes/${10 * 16_384}?seed=${seed}` })),
  ]);
  await client.close();
  expect(await capture.stop()).toMatchObject({ code: 0 });

  expect(echo?.body.equals(upload)).toBe(true);
  const [connection, ...others] = assembleConnections(capture.records(), { keepBytes: true });
  expect(others).toEqual([]);
  expect(connection?.problems).toEqual([]);
  expect(sha256(connection?.read.bytes)).toBe(sha256(client.sent));
  expect(sha256(connection?.write.bytes)).toBe(sha256(client.received));
  // What is compared really had such frames in it: behind the client's preface, and from the server's first byte on.
  expect(fullFrames(client.sent.subarray(24))).toBeGreaterThanOrEqual(10);
  expect(fullFrames(client.received)).toBeGreaterThanOrEqual(10);
});

test('nothing is lost, doubled or swapped: 1,000 goroutines with GOGC=1', async (context) => {
  await needCapture(context);
  // 250 connections with each version of TLS; two goroutines for each of their ends.
  const run = await captureExchange(needProgram(context, 'machine'), {
    programArgs: ['-connections', '250', '-max', '20000', '-seed', '5'],
    programEnv: { GOGC: '1' },
  });

  expectExact(run, 1_000);
});

function expectExact(run: ExchangeRun, ends: number): void {
  expect(run.problems).toEqual([]);
  expect(run.truths).toHaveLength(ends);
  expect(run.programExitCode).toBe(0);
  expect(run.records.at(-1)).toMatchObject({ type: 'end', gaps: 0, lostBytes: 0 });
}

/** Frames of 9 + 16,384 bytes (RFC 9113, section 4.1) among those that a direction is made of. */
function fullFrames(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes.readUIntBE(at, 3) === 16_384) count++;
  }
  return count;
}

function sha256(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? Buffer.alloc(0))
    .digest('hex');
}
