import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import { bestAttachMethod } from '../support/best-attach-method.ts';
import { compareGaps } from '../support/compare-gaps.ts';
import { compareStreams } from '../support/compare-streams.ts';
import { FaultsProgram, type FaultsRun } from '../support/faults-program.ts';
import { readKernelObjects, survivingObjects } from '../support/kernel-objects.ts';
import { changedText } from '../support/process-text.ts';
import { projectPaths } from '../support/project-paths.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { waitUntil } from '../support/wait-until.ts';

const fileBytes = 1_000_000;

describe('a mapped file whose pages are not in memory, written to a connection', () => {
  test.for(['dropped', 'paged-out'])('%s: every byte is captured', async (how, context) => {
    await needSleepablePrograms(context);
    const { path, content } = makeColdFile();
    using running = await FaultsProgram.start(needProgram(context, 'faults'));
    await running.obey('say 100');
    await running.obey(`cold ${path} ${how} 0`);
    await running.obey('say 100');
    const run = await running.end();
    needColdPages(context, run);

    expect(compareStreams(run.truths, run.connections)).toEqual([]);
    const sent = Buffer.concat([pseudoRandomText(100, 1), content, pseudoRandomText(100, 3)]);
    expect(run.subject?.write.bytes.equals(sent)).toBe(true);
    expect(run.end).toMatchObject({ gaps: 0, lostBytes: 0 });
    expect(run.result.stderr).toContain('0 lost');
  });

  // What Linux before 6.1 gets: programs that cannot wait for a page.
  test('with programs that cannot wait: gaps of exactly the missing bytes, in the middle and at the end', async (context) => {
    await needCapture(context);
    const { path, content } = makeColdFile();
    using running = await FaultsProgram.start(needProgram(context, 'faults'), {
      env: { TLSTAP_ATTACH: 'perf' },
    });
    await running.obey('say 100');
    await running.obey(`cold ${path} dropped 0`);
    await running.obey('say 100');
    await running.obey(`cold ${path} dropped 500000`);
    const run = await running.end();
    needColdPages(context, run);

    const texts = [pseudoRandomText(100, 1), pseudoRandomText(100, 3)] as const;
    expect(
      compareGaps(
        run.subject?.write ?? expect.unreachable(),
        Buffer.concat([texts[0], content, texts[1], content]),
      ),
    ).toEqual([]);
    const gaps = run.subject?.write.gaps ?? [];
    expect(gaps[0]).toMatchObject({ offset: 100, length: fileBytes, reason: 'fault' });
    expect(gaps).toHaveLength(2);
    expect(gaps[1]).toMatchObject({ reason: 'fault' });
    // To the end, and no more than one chunk of what was there.
    expect(Number(gaps[1]?.['offset']) + Number(gaps[1]?.['length'])).toBe(2 * fileBytes + 200);
    expect(Number(gaps[1]?.['length'])).toBeLessThanOrEqual(fileBytes - 500_000 + 16_384);
    const lost = Number(gaps[0]?.['length']) + Number(gaps[1]?.['length']);
    expect(run.end).toMatchObject({ lostBytes: lost, counters: { faultBytes: lost, ringFullBytes: 0 } });
    // Nobody else lost anything.
    const others = run.connections.filter(({ id }) => id !== run.subject?.id);
    expect(others.filter(({ read, write }) => read.gaps.length + write.gaps.length > 0)).toEqual([]);
    expect(run.result.stderr).toMatch(/memory.*could not be read/);
  });
});

describe('while one read waits for a page that comes 3 s late', () => {
  test.for(['uprobe_multi, sleepable', 'perf, sleepable'])(
    'all other connections of this program and of another go on, and nothing is lost or out of order: %s',
    async (method, context) => {
      await needSleepablePrograms(context);
      const path = needProgram(context, 'faults');
      using running = await FaultsProgram.start(path, { env: { TLSTAP_ATTACH: method } });
      using other = await FaultsProgram.start(path, { env: { TLSTAP_ATTACH: method } });
      await running.obey('say 100');
      await waitUntil(
        () => running.printedAgeMs() < 1000,
        10_000,
        () => 'lines to be printed',
      );

      await running.beginLate(40_000, 3000);
      const longestMs = await watchAge([running, other], 2300);
      expect(running.program.records('written')).toHaveLength(1);
      await running.program.waitFor('written', 2);
      const [own, others] = [await running.end(), await other.end()];

      expect(longestMs).toBeLessThan(1000);
      expect(own.truths.length + others.truths.length).toBe(2 * 2 * (1 + 4));
      expect(compareOwn(own, running)).toEqual([]);
      expect(compareOwn(others, other)).toEqual([]);
    },
  );

  test('and so does each of 40 that wait at once', async (context) => {
    await needSleepablePrograms(context);
    using running = await FaultsProgram.start(needProgram(context, 'faults'));
    await running.obey('say 100');
    await running.beginLate(40_000, 3000, 40);
    const longestMs = await watchAge([running], 2000);
    expect(running.program.records('written')).toHaveLength(1);
    await running.program.waitFor('written', 2);
    const run = await running.end();

    expect(longestMs).toBeLessThan(1000);
    expect(run.truths).toHaveLength(2 * (1 + 4 + 39));
    expect(compareStreams(run.truths, run.connections)).toEqual([]);
    expect(run.end).toMatchObject({ gaps: 0, lostBytes: 0 });
  });

  test('and so does one whose connection is closed meanwhile', async (context) => {
    await needSleepablePrograms(context);
    using running = await FaultsProgram.start(needProgram(context, 'faults'));
    await running.obey('closed 40000 3000');
    const run = await running.end();

    expect(run.said.find(({ type }) => type === 'failed')?.['error']).toMatch(/closed/);
    expect(compareStreams(run.truths, run.connections)).toEqual([]);
    expect(run.end).toMatchObject({ gaps: 0, lostBytes: 0, connections: run.truths.length });
  });

  test('the program does what it does without a capture', async (context) => {
    await needSleepablePrograms(context);
    const path = needProgram(context, 'faults');
    using running = await FaultsProgram.start(path);
    await running.obey('say 100');
    const { tookMs } = await running.obey('late 40000 3000 1');
    const run = await running.end();

    expect(Number(tookMs)).toBeGreaterThan(2900);
    expect(Number(tookMs)).toBeLessThan(4000);
    expect(Number(run.said.at(-1)?.['longestSilenceMs'])).toBeLessThan(1000);
  });

  test('Ctrl-C prints the summary within 2 s and ends, and nothing stays behind', async (context) => {
    await needSleepablePrograms(context);
    const path = needProgram(context, 'faults');
    using running = await FaultsProgram.start(path);
    await running.obey('say 100');
    await running.beginLate(40_000, 8000);
    const objects = readKernelObjects(running.capture.pid);
    expect(objects.links.length).toBeGreaterThan(0);

    const before = performance.now();
    const stopped = running.capture.stop('SIGINT');
    await waitUntil(
      () => /\d lost|bytes lost|gap/.test(running.capture.stderr),
      10_000,
      () => `the summary: ${running.capture.stderr}`,
    );
    const summaryMs = performance.now() - before;
    const result = await stopped;
    const endMs = performance.now() - before;
    const run = running.read(result);

    expect(summaryMs).toBeLessThan(2000);
    expect(result).toMatchObject({ code: 0, signal: null });
    expect(endMs).toBeLessThan(5000);
    expect(running.program.records('written')).toHaveLength(1);
    expect(result.stderr).toMatch(/a process waits for a page of its memory/);
    // What the read waited for is missing, and nothing else.
    expect(run.subject?.write).toMatchObject({
      lengthBytes: 100,
      gaps: [{ offset: 100, length: 40_000, reason: 'fault' }],
    });
    expect(run.end).toMatchObject({ gaps: 1, lostBytes: 40_000 });
    // Its detaching ends with the wait.
    await running.program.waitFor('written', 2);
    await waitUntil(
      () => survivingObjects(objects).length === 0,
      20_000,
      () => survivingObjects(objects).join(', '),
    );
    expect(changedText(running.program.pid, path)).toEqual([]);
    running.program.send('end');
    expect(await running.program.exit()).toBe(0);
  });
});

/** Both captures see both programs. */
function compareOwn(run: FaultsRun, { program }: FaultsProgram): string[] {
  return compareStreams(
    run.truths,
    run.connections.filter(({ pid }) => pid === program.pid),
  );
}

async function watchAge(programs: readonly FaultsProgram[], forMs: number): Promise<number> {
  let longestMs = 0;
  for (const end = performance.now() + forMs; performance.now() < end;) {
    await sleep(50);
    longestMs = Math.max(longestMs, ...programs.map((program) => program.printedAgeMs()));
  }
  return longestMs;
}

function makeColdFile(): { path: string; content: Buffer } {
  // Not in /tmp, which may be memory.
  const folder = mkdtempSync(join(projectPaths.cache, 'cold-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  const content = randomBytes(fileBytes);
  writeFileSync(path, content);
  return { path, content };
}

/** Otherwise nothing would be shown. */
function needColdPages(context: TestContext, run: FaultsRun): void {
  const resident = run.said
    .filter(({ type }) => type === 'writing')
    .map(({ residentPages }) => residentPages);
  if (resident.some((pages) => pages !== 0))
    context.skip(`the file system of ${projectPaths.cache} keeps pages in memory: ${resident.join(', ')}`);
}

async function needSleepablePrograms(context: TestContext): Promise<void> {
  await needCapture(context);
  if (!bestAttachMethod(release()).includes('sleepable'))
    context.skip('programs can wait for pages from Linux 6.1 on');
}
