import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { countMapEntries } from '../support/kernel-maps.ts';
import { HeapCensus, readPrivateBytes } from '../support/memory-use.ts';
import { findMixedConnections } from '../support/numbered-lines.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
import { waitUntil } from '../support/wait-until.ts';

test(
  '10,000 connections one after the other: none is mixed up with another, and nothing grows',
  { timeout: 240_000 },
  async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'load');
    // Garbage, so that the collector runs often: memory of one connection becomes that of another.
    const program = await start(path, ['-garbage']);
    const census = new HeapCensus();
    const capture = await Capture.start({
      args: ['gotls', '-e', path, '--raw', '--json'],
      env: census.environment,
    });
    onTestFinished(() => capture.dispose());
    program.send('sequence 1000');
    await program.waitFor('sequence');
    const before = await measure(capture, census);
    program.send('sequence 9000');
    await program.waitFor('sequence', 2, 180_000);
    const after = await measure(capture, census);
    expect(await program.end()).toBe(0);
    expect(await capture.stop()).toMatchObject({ code: 0 });

    expect(program.records('sequence').at(-1)).toMatchObject({ connections: 10_000, wrong: 0 });
    const connections = assembleConnections(capture.records(), { keepBytes: true });
    expect(findMixedConnections(connections, 10_000).slice(0, 10)).toEqual([]);
    console.log(before, after);
    expect(after.entries).toEqual(before.entries);
    expect(after.entries['ledger']).toBe(0);
    // 18,000 more connections passed by: one object kept for each would show.
    expect(after.objects - before.objects).toBeLessThan(5_000);
    expect(after.privateBytes - before.privateBytes).toBeLessThan(48 << 20);
  },
);

test('200 connections that are open at once: every byte, on the right one', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const program = await start(path, []);
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  program.send('crowd 200');
  await program.waitFor('crowd');
  const entries = countMapEntries(capture.pid)['ledger'];
  await settled(capture);
  expect(await program.end()).toBe(0);
  expect(await capture.stop()).toMatchObject({ code: 0 });

  expect(program.records('crowd')).toMatchObject([{ connections: 200, answered: 200, wrong: 0 }]);
  const connections = assembleConnections(capture.records(), { keepBytes: true });
  expect(findMixedConnections(connections, 200)).toEqual([]);
  // Otherwise the count of entries would prove nothing.
  expect(entries).toBeGreaterThanOrEqual(200);
});

async function start(path: string, args: readonly string[]): Promise<RunningProgram> {
  const program = await RunningProgram.start(path, args);
  onTestFinished(() => program.kill());
  return program;
}

/** Entries of closed connections are removed after a moment. */
async function settled(capture: Capture): Promise<void> {
  await waitUntil(
    () => countMapEntries(capture.pid)['ledger'] === 0,
    10_000,
    () => `an empty ledger: ${JSON.stringify(countMapEntries(capture.pid))}`,
  );
}

async function measure(
  capture: Capture,
  census: HeapCensus,
): Promise<{ entries: Record<string, number>; objects: number; privateBytes: number }> {
  await settled(capture);
  return {
    entries: countMapEntries(capture.pid),
    objects: await census.count(capture.pid),
    privateBytes: readPrivateBytes(capture.pid),
  };
}
