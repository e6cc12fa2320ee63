import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { readKernelObjects, survivingObjects } from '../support/kernel-objects.ts';
import { changedText } from '../support/process-text.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('what a capture leaves behind', () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'nothing after %s in the middle of traffic: the program goes on unharmed',
    async (signal, context) => {
      await needCapture(context);
      const path = needProgram(context, 'machine');
      const program = await startRounds(path);
      const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] });
      onTestFinished(() => capture.dispose());
      await program.waitFor('round', program.records('round').length + 2);
      const objects = readKernelObjects(capture.pid);
      expect(objects.programs.length).toBeGreaterThan(0);
      expect(objects.maps.length).toBeGreaterThan(0);
      // Otherwise the comparison below would show nothing.
      expect(changedText(program.pid, path).length).toBeGreaterThan(0);

      const result = await capture.stop(signal);

      if (signal === 'SIGKILL') expect(result.signal).toBe('SIGKILL');
      else expect(result).toMatchObject({ code: 0, signal: null });
      await waitUntil(
        () => survivingObjects(objects).length === 0,
        20_000,
        () => survivingObjects(objects).join(', '),
      );
      expect(changedText(program.pid, path)).toEqual([]);
      await program.waitFor('round', program.records('round').length + 2);
      program.send('stop');
      expect(await program.exit()).toBe(0);
      expect(program.records('round').filter(({ intact }) => intact !== true)).toEqual([]);
    },
  );
});

describe('how a capture ends', () => {
  test('Ctrl-C prints the summary and exits 0, also with stdout stuck on a full pipe', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const program = await startRounds(path);
    const { writeEnd } = await makeFullPipe();
    const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'], stdout: writeEnd });
    onTestFinished(() => capture.dispose());
    await program.waitFor('round', program.records('round').length + 3);

    const before = performance.now();
    const result = await capture.stop('SIGINT');
    const seconds = (performance.now() - before) / 1000;

    expect(result.code).toBe(0);
    expect(seconds).toBeLessThan(5);
    expect(result.stderr).toMatch(/not delivered|undelivered|too slow/);
  });

  test('a reader that has seen enough ends it quietly', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const program = await startRounds(path);
    const result = await runCommand(
      'bash',
      [
        '-c',
        `"$0" "$1" gotls -e "$2" --raw --json | head -n 5; echo "exit code \${PIPESTATUS[0]}"`,
        process.execPath,
        projectPaths.main,
        path,
      ],
      { timeoutMs: 60_000 },
    );
    program.send('stop');

    const lines = result.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('exit code 0');
    expect(result.stderr).not.toMatch(/EPIPE|error|\bat .*\.js/i);
    expect(await program.exit()).toBe(0);
  });

  test('the end of the last process given by --pid ends it', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'machine');
    const first = await RunningProgram.start(path, ['-connections', '1']);
    const second = await RunningProgram.start(path, ['-connections', '1']);
    onTestFinished(() => {
      first.kill();
      second.kill();
    });
    const capture = await Capture.start({
      args: ['gotls', '--pid', String(first.pid), '--pid', String(second.pid), '--raw', '--json'],
    });
    onTestFinished(() => capture.dispose());
    first.send('go');
    expect(await first.exit()).toBe(0);
    // Still there for the other one.
    second.send('go');
    expect(await second.exit()).toBe(0);

    const result = await capture.exit();

    expect(result.code).toBe(0);
    const pids = new Set(capture.records('open').map(({ pid }) => pid));
    expect(pids).toEqual(new Set([first.pid, second.pid]));
    expect(capture.records('close')).toHaveLength(8);
    expect(capture.records('end')).toHaveLength(1);
    expect(result.stderr).toContain(`exchange[${first.pid}] has ended\n`);
    expect(result.stderr).toContain(`exchange[${second.pid}] has ended\n`);
  });

  test('the end of a process that never said anything is said, and the capture goes on for others', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'idle');
    const first = await RunningProgram.start(path);
    onTestFinished(() => first.kill());
    const capture = await Capture.start({ args: ['gotls', '-e', path] });
    onTestFinished(() => capture.dispose());
    first.kill();
    await waitUntil(
      () => capture.stderr.includes(`[${first.pid}] has ended`),
      10_000,
      () => `the end to be said: ${capture.stderr}`,
    );
    expect(await capture.stop()).toMatchObject({ code: 0 });
  });

  test('--duration ends it after that time', async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'idle');
    const before = performance.now();
    const capture = await Capture.start({ args: ['gotls', '-e', path, '--json', '--duration', '1'] });
    onTestFinished(() => capture.dispose());
    const result = await capture.exit(10_000);
    const seconds = (performance.now() - before) / 1000;

    expect(result.code).toBe(0);
    expect(seconds).toBeGreaterThan(1);
    expect(capture.records('end')).toMatchObject([{ connections: 0 }]);
  });
});

async function startRounds(path: string): Promise<RunningProgram> {
  const program = await RunningProgram.start(path, ['-repeat', '-connections', '8', '-max', '50000']);
  onTestFinished(() => program.kill());
  return program;
}

/** A pipe that somebody has open for reading and never reads. */
async function makeFullPipe(): Promise<{ writeEnd: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-pipe-'));
  const path = join(folder, 'pipe');
  await runCommand('mkfifo', [path], { timeoutMs: 5_000 });
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  onTestFinished(() => {
    closeSync(readEnd);
    closeSync(writeEnd);
    rmSync(folder, { recursive: true });
  });
  return { writeEnd };
}
