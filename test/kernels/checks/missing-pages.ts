import { readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bestAttachMethod } from '../../support/best-attach-method.ts';
import { compareGaps } from '../../support/compare-gaps.ts';
import { compareStreams } from '../../support/compare-streams.ts';
import { FaultsProgram } from '../../support/faults-program.ts';
import { pseudoRandomText } from '../../support/pseudo-random.ts';
import { limitMs } from '../check.ts';

/**
 * A mapped file without its pages, written to a connection: exact from Linux 6.1 on, where programs can wait for a page;
 * before, gaps that together with the rest are every byte.
 */
export async function captureMissingPages(program: string): Promise<string[]> {
  const file = join(tmpdir(), 'tlstap-cold-file');
  writeFileSync(file, randomBytes(400_000));
  using running = await FaultsProgram.start(program, { programArgs: ['-every', '200ms'], limitMs });
  await running.obey('say 100');
  await running.obey(`cold ${file} dropped 0`);
  await running.obey('say 100');
  await running.obey(`cold ${file} paged-out 200000`);
  const run = await running.end();
  const content = readFileSync(file);
  const sent = Buffer.concat([pseudoRandomText(100, 1), content, pseudoRandomText(100, 3), content]);
  if (!run.subject) return ['its connection was not captured'];
  const problems = compareGaps(run.subject.write, sent);
  const { gaps } = run.subject.write;
  if (!bestAttachMethod(release()).includes('sleepable')) {
    if (gaps.length === 0) problems.push('all of it was there: nothing was tried');
    if (gaps.some(({ reason }) => reason !== 'fault')) problems.push(`gaps: ${JSON.stringify(gaps)}`);
  } else {
    problems.push(...compareStreams(run.truths, run.connections));
  }
  return problems;
}
