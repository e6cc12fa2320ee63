import { setTimeout as sleep } from 'node:timers/promises';
import { compareStreams } from '../../support/compare-streams.ts';
import { FaultsProgram } from '../../support/faults-program.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { limitMs } from '../check.ts';

/** Everything is emulated: what is late by a second elsewhere may be by several. */
const delayMs = 20_000;
const mostAgeMs = 8_000;

/** A page comes 20 s late; what all other connections say meanwhile must be printed meanwhile. */
export async function captureLatePage(program: string): Promise<string[]> {
  using running = await FaultsProgram.start(program, { programArgs: ['-every', '200ms'], limitMs });
  await running.obey('say 100');
  // Until then all are held up by the beginning.
  await waitUntil(
    () => running.printedAgeMs() < mostAgeMs / 2,
    limitMs,
    () => 'lines to be printed in time',
  );
  await running.beginLate(40_000, delayMs);
  const end = performance.now() + 0.75 * delayMs;
  let longestMs = 0;
  while (performance.now() < end) {
    await sleep(1000);
    longestMs = Math.max(longestMs, running.printedAgeMs());
  }
  const problems = running.program.records('written').length > 1 ? ['the page was not late'] : [];
  if (longestMs > mostAgeMs) problems.push(`other connections were held up for ${longestMs} ms`);
  await running.program.waitFor('written', 2, limitMs);
  const run = await running.end();
  return [...problems, ...compareStreams(run.truths, run.connections)];
}
