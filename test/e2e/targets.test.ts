import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture, type CaptureOptions } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

const small = ['-connections', '2', '-max', '5000'];

describe('which processes are captured', () => {
  test('with -e: those that run already and those that start later', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const earlier = await start(path);
    const capture = await startCapture({ args: ['gotls', '-e', path, '--raw', '--json'] });
    const later = await start(path);
    await finish(earlier, later);

    await expectExactly(capture, [earlier, later]);
  });

  test('with -e by another path to the same file', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const link = join(makeFolder(), 'link');
    symlinkSync(path, link);
    const capture = await startCapture({ args: ['gotls', '-e', link, '-e', path, '--raw', '--json'] });
    const program = await start(path);
    await finish(program);

    await expectExactly(capture, [program]);
  });

  test('two programs of different compilers at once', async (context) => {
    await needCapture(context);
    const [newer, older] = [needProgram(context, 'strippedPie127'), needProgram(context, 'stackAbi116')];
    const capture = await startCapture({ args: ['gotls', '-e', newer, '-e', older, '--raw', '--json'] });
    const programs = [await start(newer), await start(older)];
    await finish(...programs);

    await expectExactly(capture, programs);
  });

  test('with --pid: only that one of two that run the same program', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const [wanted, other] = [await start(path), await start(path)];
    const capture = await startCapture({
      args: ['gotls', '-e', path, '--pid', String(wanted.pid), '--raw', '--json'],
    });
    await finish(other, wanted);

    await expectExactly(capture, [wanted]);
  });

  test('with --uid: only those of that user; root is a user', async (context) => {
    await needCapture(context);
    const path = copyForAll(needProgram(context, 'machine'));
    const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    for (const [uid, wanted] of [
      [65_534, 1],
      [0, 0],
    ] as const) {
      const programs = [await start(path), await start(path, nobody)];
      const capture = await startCapture({
        args: ['gotls', '-e', path, '--uid', String(uid), '--raw', '--json'],
      });
      await finish(...programs);
      await expectExactly(
        capture,
        programs.filter((_, index) => index === wanted),
      );
    }
  });

  test('a process whose file was deleted', async (context) => {
    await needCapture(context);
    const path = copyForAll(needProgram(context, 'machine'));
    const program = await start(path);
    unlinkSync(path);
    const capture = await startCapture({ args: ['gotls', '--pid', String(program.pid), '--raw', '--json'] });
    await finish(program);

    await expectExactly(capture, [program]);
    expect(capture.records('open')[0]?.['exe']).toBe(path);
  });

  test('a process with another root, as in a container', async (context) => {
    await needCapture(context);
    const root = makeFolder();
    mkdirSync(join(root, 'app'));
    copyFileSync(needProgram(context, 'machine'), join(root, 'app/server'));
    const program = await RunningProgram.start('/app/server', small, { wrapper: ['chroot', root] });
    onTestFinished(() => program.kill());
    const capture = await startCapture({ args: ['gotls', '--pid', String(program.pid), '--raw', '--json'] });
    await finish(program);

    await expectExactly(capture, [program]);
  });

  test('a path as a process with another root sees it', async (context) => {
    await needCapture(context);
    const root = makeFolder();
    mkdirSync(join(root, 'app'));
    copyFileSync(needProgram(context, 'machine'), join(root, 'app/server'));
    const program = await RunningProgram.start('/app/server', small, { wrapper: ['chroot', root] });
    onTestFinished(() => program.kill());
    const args = ['gotls', '-e', '/app/server', '--pid', String(program.pid), '--raw', '--json'];
    const capture = await startCapture({ args });
    await finish(program);

    await expectExactly(capture, [program]);
  });

  test('client and server in processes of their own', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const server = await RunningProgram.start(path, ['-mode', 'server']);
    const client = await RunningProgram.start(path, [
      '-mode',
      'client',
      '-address',
      server.address,
      ...small,
    ]);
    onTestFinished(() => {
      server.kill();
      client.kill();
    });
    const capture = await startCapture({ args: ['gotls', '-e', path, '--raw', '--json'] });
    await finish(client);
    await finish(server);

    await expectExactly(capture, [client, server]);
  });

  test('a process that does not run the program given is refused', async (context) => {
    await needCapture(context);
    const program = await start(needProgram(context, 'stackAbi116'));
    const result = await runCommand(
      process.execPath,
      [projectPaths.main, 'gotls', '-e', needProgram(context, 'machine'), '--pid', String(program.pid)],
      { timeoutMs: 30_000 },
    );

    expect(result.code).toBe(3);
    expect(result.stderr).toContain(String(program.pid));
    expect(result.stdout).toBe('');
  });
});

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
  expect(truths.length).toBeGreaterThan(0);
  expect(compareStreams(truths, assembleConnections(capture.records()))).toEqual([]);
}

/** Outside of folders that only root may enter. */
function copyForAll(program: string): string {
  const path = join(makeFolder(), 'program');
  copyFileSync(program, path);
  chmodSync(path, 0o755);
  return path;
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-target-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
