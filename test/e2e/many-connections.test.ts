import { expect, onTestFinished, test } from 'vitest';
import { captureSequence } from '../support/capture-sequence.ts';
import { Capture } from '../support/capture.ts';
import { countMapEntries } from '../support/kernel-maps.ts';
import { findMixedConnections } from '../support/numbered-lines.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
import { waitUntil } from '../support/wait-until.ts';

// 10,000 of them: test/matrix/many-connections.test.ts.
test('2,000 connections one after the other: none is mixed up with another, and nothing grows', async (context) => {
  await needCapture(context);
  const run = await captureSequence(needProgram(context, 'load'), { warmUp: 300, count: 2_000 });

  expect(run.problems).toEqual([]);
  expect(run.after.entries).toEqual(run.before.entries);
  // 4,000 ends of connections passed by: one object kept for each would show.
  expect(run.after.objects - run.before.objects).toBeLessThan(2_000);
  expect(run.after.privateBytes - run.before.privateBytes).toBeLessThan(48 << 20);
});

test('200 connections that are open at once: every byte, on the right one', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const program = await RunningProgram.start(path);
  onTestFinished(() => program.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  program.send('crowd 200');
  await program.waitFor('crowd');
  // Closed ones stay for two seconds: without them the emptiness of the table elsewhere would prove nothing.
  expect(countMapEntries(capture.pid)['ledger']).toBeGreaterThanOrEqual(200);
  expect(await program.end()).toBe(0);
  expect(await capture.stop()).toMatchObject({ code: 0 });

  expect(program.records('crowd')).toMatchObject([{ connections: 200, answered: 200, wrong: 0 }]);
  const connections = assembleConnections(capture.records(), { keepBytes: true });
  expect(findMixedConnections(connections, 200)).toEqual([]);
});

test('connections of which only the sockets are closed do not stay in the table', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  // Without a collector memory is not used again, which would end them, too.
  const program = await RunningProgram.start(path, ['-abandon'], { env: { ...process.env, GOGC: 'off' } });
  onTestFinished(() => program.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  program.send('sequence 400');
  await program.waitFor('sequence');
  const entries = (): number => countMapEntries(capture.pid)['ledger'] ?? Number.NaN;
  const before = entries();
  await waitUntil(
    () => entries() < 300,
    20_000,
    () => `a smaller ledger: ${entries()} entries`,
  );
  expect(await program.end()).toBe(0);
  expect(await capture.stop()).toMatchObject({ code: 0 });

  expect(before).toBeGreaterThan(600);
  const connections = assembleConnections(capture.records(), { keepBytes: true });
  expect(findMixedConnections(connections, 400)).toEqual([]);
});
