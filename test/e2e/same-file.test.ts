import { copyFileSync, linkSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture, type CaptureOptions } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

const small = ['-connections', '2', '-max', '5000'];

describe('one file by two paths is captured once, whichever of them is run', () => {
  test.for([
    ['a hard link', linkSync],
    ['a symbolic link', symlinkSync],
  ] as const)('%s', async ([, link], context) => {
    await needCapture(context);
    const [path, other] = makePaths(needProgram(context, 'machine'));
    link(path, other);
    const capture = await startCapture({ args: ['gotls', '-e', other, '-e', path, '--raw', '--json'] });
    const programs = [await start(path), await start(other)];
    await finish(...programs);

    await expectExactly(capture, programs);
  });

  test('a bind mount', async (context) => {
    await needCapture(context);
    const [path, other] = makePaths(needProgram(context, 'machine'));
    writeFileSync(other, '');
    const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
    // In a mount namespace of their own, so that nothing stays mounted whatever happens.
    const mounted = ['unshare', '--mount', 'bash', '-c', script, 'bash', path, other];
    const capture = await startCapture({
      args: ['gotls', '-e', other, '-e', path, '--raw', '--json'],
      wrapper: mounted,
    });
    const programs = [await start(path), await start(other, mounted)];
    await finish(...programs);

    await expectExactly(capture, programs);
  });
});

describe('a program whose file is replaced while it runs', () => {
  test('goes on being captured', async (context) => {
    await needCapture(context);
    const [path] = makePaths(needProgram(context, 'machine'));
    const program = await start(path);
    const capture = await startCapture({ args: ['gotls', '-e', path, '--raw', '--json'] });
    replace(path, needProgram(context, 'stackAbi116'));
    await finish(program);

    await expectExactly(capture, [program]);
  });

  test('is captured by its number as what it is, and not as what the file is now', async (context) => {
    await needCapture(context);
    const [path] = makePaths(needProgram(context, 'machine'));
    const program = await start(path);
    replace(path, needProgram(context, 'stackAbi116'));
    const later = await start(path);
    const capture = await startCapture({ args: ['gotls', '--pid', String(program.pid), '--raw', '--json'] });
    await finish(program, later);

    await expectExactly(capture, [program]);
    expect(capture.records('open')[0]?.['exe']).toBe(path);
  });

  test('is not captured by a path that is another file by now; what is started from there is', async (context) => {
    await needCapture(context);
    const [path] = makePaths(needProgram(context, 'machine'));
    const program = await start(path);
    replace(path, needProgram(context, 'stackAbi116'));
    const capture = await startCapture({ args: ['gotls', '-e', path, '--raw', '--json'] });
    const later = await start(path);
    await finish(program, later);

    await expectExactly(capture, [later]);
  });
});

/** A copy of the program, and a second path beside it where there is nothing yet. */
function makePaths(program: string): readonly [path: string, other: string] {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'program');
  copyFileSync(program, path);
  return [path, join(folder, 'other')];
}

/** As installers do: another file takes its name. */
function replace(path: string, program: string): void {
  copyFileSync(program, `${path}.new`);
  renameSync(`${path}.new`, path);
}

async function start(path: string, wrapper: readonly string[] = []): Promise<RunningProgram> {
  const program = await RunningProgram.start(path, small, { wrapper });
  onTestFinished(() => program.kill());
  return program;
}

async function startCapture(options: CaptureOptions): Promise<Capture> {
  const capture = await Capture.start(options);
  onTestFinished(() => capture.dispose());
  return capture;
}

async function finish(...programs: readonly RunningProgram[]): Promise<void> {
  for (const program of programs) program.send('go');
  for (const program of programs) expect(await program.exit()).toBe(0);
}

/** Every byte of these programs, and nothing else. */
async function expectExactly(capture: Capture, programs: readonly RunningProgram[]): Promise<void> {
  expect(await capture.stop()).toMatchObject({ code: 0 });
  const truths = programs.flatMap((program) => endpointTruths(program.records()));
  expect(truths).toHaveLength(8 * programs.length);
  expect(compareStreams(truths, assembleConnections(capture.records()))).toEqual([]);
}
