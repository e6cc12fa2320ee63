import { expect, onTestFinished } from 'vitest';
import { Capture } from './capture.ts';
import { countMapEntries } from './kernel-maps.ts';
import { HeapCensus, readPrivateBytes } from './memory-use.ts';
import { findMixedConnections } from './numbered-lines.ts';
import { RunningProgram } from './running-program.ts';
import { assembleConnections } from './streams.ts';
import { waitUntil } from './wait-until.ts';

interface Use {
  readonly entries: Readonly<Record<string, number>>;
  readonly objects: number;
  readonly privateBytes: number;
}

/**
 * Connections one after the other through the program `load`, under a capture. What is wrong with any of them, and what
 * the capture has in use before and after the last `count` of them, once those are done with.
 */
export async function captureSequence(
  path: string,
  options: { readonly warmUp: number; readonly count: number; readonly programArgs?: readonly string[] },
): Promise<{ readonly problems: readonly string[]; readonly before: Use; readonly after: Use }> {
  const program = await RunningProgram.start(path, options.programArgs);
  onTestFinished(() => program.kill());
  const census = new HeapCensus();
  const capture = await Capture.start({
    args: ['gotls', '-e', path, '--raw', '--json'],
    env: census.environment,
  });
  onTestFinished(() => capture.dispose());
  program.send(`sequence ${options.warmUp}`);
  await program.waitFor('sequence');
  const before = await measure(capture, census);
  program.send(`sequence ${options.count}`);
  const total = options.warmUp + options.count;
  const told = await program.waitFor('sequence', 2, 300_000);
  expect(told).toMatchObject({ connections: total, answered: total, wrong: 0 });
  const after = await measure(capture, census);
  expect(await program.end()).toBe(0);
  expect(await capture.stop()).toMatchObject({ code: 0 });
  const connections = assembleConnections(capture.records(), { keepBytes: true });
  return { problems: findMixedConnections(connections, total).slice(0, 20), before, after };
}

async function measure(capture: Capture, census: HeapCensus): Promise<Use> {
  // Entries of closed connections are removed after a moment.
  await waitUntil(
    () => countMapEntries(capture.pid)['ledger'] === 0,
    10_000,
    () => `an empty ledger: ${JSON.stringify(countMapEntries(capture.pid))}`,
  );
  return {
    entries: countMapEntries(capture.pid),
    objects: await census.count(capture.pid),
    privateBytes: readPrivateBytes(capture.pid),
  };
}
