import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import { Capture } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
import { waitUntil } from '../support/wait-until.ts';

const small = ['-connections', '2', '-max', '5000'];

/** How the new program takes the old one's place; `fresh` is the new one, in the same folder. */
const replacements = {
  'renamed over': (path: string, fresh: string) => renameSync(fresh, path),
  'as a package manager does, with a second name for the old one': (path: string, fresh: string) => {
    linkSync(path, `${path}.dpkg-tmp`);
    renameSync(fresh, path);
    rmSync(`${path}.dpkg-tmp`);
  },
  'removed, then copied': (path: string, fresh: string) => {
    rmSync(path);
    copyFileSync(fresh, path);
  },
} as const;

describe('a program that is replaced and started anew is captured, and so is the old one that still runs', () => {
  test.for(Object.keys(replacements) as (keyof typeof replacements)[])('%s', async (how, context) => {
    const { folder, path, older, capture } = await startOld(context);
    const fresh = join(folder, 'fresh');
    copyFileSync(needProgram(context, 'strippedPie127'), fresh);
    replacements[how](path, fresh);
    await expectFollowed(capture, path, older);
  });

  test('by a symbolic link in its path that leads to another folder', async (context) => {
    await needCapture(context);
    const folder = makeFolder();
    for (const [name, build] of [
      ['v1', 'stackAbi116'],
      ['v2', 'strippedPie127'],
    ] as const) {
      mkdirSync(join(folder, name));
      copyFileSync(needProgram(context, build), join(folder, name, 'server'));
    }
    symlinkSync('v1', join(folder, 'current'));
    const path = join(folder, 'current', 'server');
    const { older, capture } = await startAt(path);
    symlinkSync('v2', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'current'));
    await expectFollowed(capture, path, older);
  });

  test('by a folder that is renamed, which nobody tells of', async (context) => {
    const { folder, path, older, capture } = await startOld(context);
    const next = `${folder}-next`;
    mkdirSync(next);
    onTestFinished(() => rmSync(next, { recursive: true, force: true }));
    copyFileSync(needProgram(context, 'strippedPie127'), join(next, 'server'));
    renameSync(folder, `${folder}-old`);
    onTestFinished(() => rmSync(`${folder}-old`, { recursive: true, force: true }));
    renameSync(next, folder);
    await expectFollowed(capture, path, older);
  });
});

test('a program that is written anew in place is planned anew: no probe stays where it was', async (context) => {
  await needCapture(context);
  const path = join(makeFolder(), 'server');
  copyFileSync(needProgram(context, 'stackAbi116'), path);
  const capture = await startCapture(path);
  spawnSync('cp', [needProgram(context, 'strippedPie127'), path]);
  await waitFor(capture, 'was replaced');
  await expectExactly(capture, [await run(path)]);
});

test('one that cannot be captured is said, and the capture goes on', async (context) => {
  const { path, older, capture } = await startOld(context);
  writeFileSync(`${path}.new`, '#!/bin/sh\n');
  renameSync(`${path}.new`, path);
  await waitFor(capture, 'was replaced, and the new one is not captured');
  older.send('go');
  expect(await older.exit()).toBe(0);
  await expectExactly(capture, [older]);
});

test('a replay of such a run gives the same output', async (context) => {
  await needCapture(context);
  const folder = makeFolder();
  const path = join(folder, 'server');
  copyFileSync(needProgram(context, 'stackAbi116'), path);
  const recording = join(folder, 'run.tlstap');
  const capture = await startCapture(path, ['--record', recording]);
  copyFileSync(needProgram(context, 'strippedPie127'), `${path}.new`);
  renameSync(`${path}.new`, path);
  await waitFor(capture, 'was replaced');
  await run(path);
  expect(await capture.stop()).toMatchObject({ code: 0 });
  const again = spawnSync(process.execPath, [projectPaths.main, 'replay', recording, '--raw', '--json']);

  expect(capture.records('open')[0]).toMatchObject({ family: 'gotls', exe: path });
  expect(again.stdout.equals(capture.output())).toBe(true);
});

async function startOld(
  context: TestContext,
): Promise<{ folder: string; path: string; older: RunningProgram; capture: Capture }> {
  await needCapture(context);
  const folder = makeFolder();
  const path = join(folder, 'server');
  copyFileSync(needProgram(context, 'stackAbi116'), path);
  return { folder, path, ...(await startAt(path)) };
}

async function startAt(path: string): Promise<{ older: RunningProgram; capture: Capture }> {
  const older = await RunningProgram.start(path, small);
  onTestFinished(() => older.kill());
  return { older, capture: await startCapture(path) };
}

async function expectFollowed(capture: Capture, path: string, older: RunningProgram): Promise<void> {
  await waitFor(capture, `${path} was replaced; the new one (Go 1.27.4) is captured too`);
  const newer = await run(path);
  older.send('go');
  expect(await older.exit()).toBe(0);
  await expectExactly(capture, [older, newer]);
}

async function startCapture(path: string, args: readonly string[] = []): Promise<Capture> {
  expect(existsSync(dirname(path))).toBe(true);
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json', ...args] });
  onTestFinished(() => capture.dispose());
  return capture;
}

async function run(path: string): Promise<RunningProgram> {
  const program = await RunningProgram.start(path, small);
  onTestFinished(() => program.kill());
  program.send('go');
  expect(await program.exit()).toBe(0);
  return program;
}

async function waitFor(capture: Capture, text: string): Promise<void> {
  await waitUntil(
    () => capture.stderr.includes(text),
    10_000,
    () => `"${text}" in: ${capture.stderr}`,
  );
}

async function expectExactly(capture: Capture, programs: readonly RunningProgram[]): Promise<void> {
  expect(await capture.stop()).toMatchObject({ code: 0 });
  const truths = programs.flatMap((program) => endpointTruths(program.records()));
  expect(truths.length).toBeGreaterThan(0);
  expect(compareStreams(truths, assembleConnections(capture.records()))).toEqual([]);
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-replaced-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
