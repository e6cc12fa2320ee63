import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { findCommand } from '../support/find-command.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
import { waitUntil } from '../support/wait-until.ts';

const small = ['-connections', '2', '-max', '5000'];

describe('a process in a container', () => {
  test('with its own root, made of layers (overlay file system)', async (context) => {
    await needCapture(context);
    const root = makeFolder();
    const layers = ['lower', 'upper', 'work', 'merged'].map((name) => join(root, name));
    for (const layer of layers) mkdirSync(layer);
    const [lower = '', upper = '', work = '', merged = ''] = layers;
    copyFileSync(needProgram(context, 'machine'), join(lower, 'server'));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = await runCommand('mount', ['-t', 'overlay', 'overlay', '-o', options, merged], {
      timeoutMs: 10_000,
    });
    if (mounted.code !== 0) context.skip(`no overlay file system here: ${mounted.stderr.trim()}`);
    onTestFinished(async () => void (await runCommand('umount', ['-l', merged], { timeoutMs: 10_000 })));
    const program = await RunningProgram.start('/server', small, { wrapper: ['chroot', merged] });
    onTestFinished(() => program.kill());

    await expectExact(program, program.pid);
  });

  test('with tlstap in the same process namespace, where the kernel has other numbers', async (context) => {
    await needCapture(context);
    const enter = await startProcessNamespace();
    const path = needProgram(context, 'machine');
    const program = await RunningProgram.start(path, small, { wrapper: enter });
    onTestFinished(() => program.kill());
    expect(program.pid).toBeLessThan(10);

    await expectExact(program, program.pid, enter);
  });

  test('with tlstap outside of its process namespace', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const program = await RunningProgram.start(path, small, { wrapper: await startProcessNamespace() });
    onTestFinished(() => program.kill());

    await expectExact(program, await findPid(path));
  });

  test('with a network of its own', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    if (findCommand('ip') === undefined)
      context.skip('there is no ip command to switch a loopback device on');
    const wrapper = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
    const program = await RunningProgram.start(path, small, { wrapper });
    onTestFinished(() => program.kill());

    await expectExact(program, program.pid);
  });
});

/** @param pid of the program as tlstap sees it; the program itself may know another */
async function expectExact(
  program: RunningProgram,
  pid: number,
  wrapper: readonly string[] = [],
): Promise<void> {
  const capture = await Capture.start({ args: ['gotls', '--pid', String(pid), '--raw', '--json'], wrapper });
  onTestFinished(() => capture.dispose());
  program.send('go');
  expect(await program.exit()).toBe(0);
  expect(await capture.exit()).toMatchObject({ code: 0 });
  const truths = endpointTruths(program.records()).map((truth) => Object.assign(truth, { pid }));
  expect(truths).toHaveLength(8);
  expect(compareStreams(truths, assembleConnections(capture.records()))).toEqual([]);
}

/** A process namespace with a first process that outlives what is started in it; gives the command that enters it. */
async function startProcessNamespace(): Promise<string[]> {
  const sleep = findCommand('sleep') ?? '/bin/sleep';
  const child = spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', sleep, '300']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = await findPid(realpathSync(sleep), child.pid);
  return ['nsenter', '--target', String(pid), '--pid', '--mount'];
}

async function findPid(exe: string, parent?: number): Promise<number> {
  const isWanted = (pid: string): boolean =>
    readlinkSync(`/proc/${pid}/exe`) === exe &&
    (parent === undefined || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(`) S ${parent} `));
  return waitUntil(
    () =>
      Number(readdirSync('/proc').find((name) => /^\d+$/.test(name) && orFalse(() => isWanted(name)))) ||
      undefined,
    10_000,
    () => `a process that runs ${exe}`,
  );
}

/** Kernel threads have no file, and processes end while they are looked at. */
function orFalse(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-container-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
