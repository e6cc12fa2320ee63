import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { parseJsonRecords, type JsonRecord } from '../support/json-record.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
import { waitUntil } from '../support/wait-until.ts';

const tlstap = [projectPaths.main, 'gotls', '--follow', '--raw', '--json', '--buffer-size', '64M'];

/** What the followed programs say of themselves comes out on standard error. */
function follow(
  script: string,
  args: readonly string[] = [],
): { captured: JsonRecord[]; said: JsonRecord[]; status: number | null } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...tlstap, ...args, '--', '/bin/sh', '-c', script],
    { timeout: 100_000, maxBuffer: 2 ** 28 },
  );
  const lines = stderr
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return { captured: [...parseJsonRecords(stdout)], said: [...parseJsonRecords(lines.join('\n'))], status };
}

function problemsOf({ captured, said }: { captured: JsonRecord[]; said: JsonRecord[] }): string[] {
  const gaps = captured.filter(({ type }) => type === 'gap').map((gap) => JSON.stringify(gap));
  return [...gaps, ...compareStreams(endpointTruths(said), assembleConnections(captured))];
}

/** Small, because there are many of them. */
const once = (program: string): string => `echo go | ${program} -connections 1 -tls 1.2 -max 2000`;

describe('what a command starts is captured from its first byte', () => {
  test('by a shell, several programs of different compilers, deep in a tree', async (context) => {
    await needCapture(context);
    const [newer, older] = [needProgram(context, 'strippedPie127'), needProgram(context, 'stackAbi116')];
    const run = follow(`true; sh -c "sh -c '${once(newer)}; true'; true"; ${once(older)}; exit 3`);

    expect(run.status).toBe(3);
    expect(endpointTruths(run.said)).toHaveLength(4);
    expect(problemsOf(run)).toEqual([]);
  });

  test('by system(3), which is a posix_spawn; by vfork; by xargs; by exec of a shell', async (context) => {
    await needCapture(context);
    const program = needProgram(context, 'machine');
    const folder = makeFolder();
    const copies = ['system', 'spawn', 'xargs', 'exec'].map((name) => copyTo(program, join(folder, name)));
    const [system = '', spawned = '', xargs = '', exec = ''] = copies;
    const node = `${process.execPath} -e 'require("child_process").spawnSync("sh", ["-c", "${once(spawned)}"], {stdio: "inherit"})'`;
    const run = follow(
      [
        `awk 'BEGIN { system("${once(system)}") }'`,
        node,
        `echo go > ${folder}/in; echo ${xargs} | xargs -I% sh -c '% -connections 1 -tls 1.2 -max 2000 < ${folder}/in'`,
        `exec ${exec} -connections 1 -tls 1.2 -max 2000 < ${folder}/in`,
      ].join('; '),
    );

    expect(endpointTruths(run.said)).toHaveLength(8);
    expect(problemsOf(run)).toEqual([]);
  });

  test('200 children at once', async (context) => {
    await needCapture(context);
    const program = needProgram(context, 'machine');
    const folder = makeFolder();
    // Each to a file of its own: their lines would get mixed.
    const run = follow(`for i in $(seq 200); do ${once(program)} > ${folder}/$i & done; wait`);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const said = [...parseJsonRecords(Buffer.concat(files))];

    expect(run.status).toBe(0);
    expect(endpointTruths(said)).toHaveLength(400);
    expect(problemsOf({ ...run, said })).toEqual([]);
  });

  test('children pass the filters for processes and users, and nobody else is looked at', async (context) => {
    await needCapture(context);
    const program = needProgram(context, 'machine');
    const other = await RunningProgram.start(program, ['-repeat', '-connections', '1', '-max', '100']);
    onTestFinished(() => other.kill());
    other.send('go');
    const run = follow(once(program), ['-e', program, '--uid', '65533']);

    expect(endpointTruths(run.said)).toHaveLength(2);
    expect(problemsOf(run)).toEqual([]);
    expect(other.hasExited).toBe(false);
  });
});

test('a recording of it gives the same output', async (context) => {
  await needCapture(context);
  const folder = makeFolder();
  const path = join(folder, 'run.tlstap');
  const program = needProgram(context, 'machine');
  const args = [...tlstap, '--record', path, '--', '/bin/sh', '-c', once(program)];
  const live = spawnSync(process.execPath, args, { timeout: 60_000 });
  const again = spawnSync(process.execPath, [projectPaths.main, 'replay', path, '--raw', '--json'], {
    timeout: 60_000,
  });

  expect(live.stdout.toString()).toContain(program);
  expect(again.stdout.toString()).toBe(live.stdout.toString());
});

test('nobody stays stopped when tlstap is killed', async (context) => {
  await needCapture(context);
  const program = needProgram(context, 'idle');
  const folder = makeFolder();
  // Each copy is a file that was not looked at yet, so each start is a stop.
  const script = `i=0; while [ $i -lt 60 ]; do i=$((i+1)); cp ${program} ${folder}/$i; sleep 20 | ${folder}/$i & done; wait`;
  for (const delayMs of [0, 3, 11]) {
    const child = spawn(process.execPath, [...tlstap, '--', '/bin/sh', '-c', script], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await waitUntil(
      () => listStopped(folder).length > 0,
      30_000,
      () => 'a child that is stopped',
    );
    await new Promise((next) => setTimeout(next, delayMs));
    child.kill('SIGKILL');
    await waitUntil(
      () => listStopped(folder).length === 0,
      10_000,
      () => `stopped: ${listStopped(folder).join(' ')}`,
    );
    await new Promise((next) => setTimeout(next, 300));
    expect(listStopped(folder)).toEqual([]);
    for (const pid of listRunning(folder)) orEmpty(() => String(process.kill(pid, 'SIGKILL')));
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  }
});

test('it needs a command', () => {
  const { status, stderr } = spawnSync(process.execPath, [
    projectPaths.main,
    'gotls',
    '--follow',
    '-e',
    '/bin/true',
  ]);
  expect(status).toBe(2);
  expect(stderr.toString()).toContain('--follow needs a command');
});

/** Processes that run a file of the folder. */
function listRunning(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => orEmpty(() => readlinkSync(`/proc/${pid}/exe`)).startsWith(`${folder}/`));
}

function listStopped(folder: string): number[] {
  return listRunning(folder).filter((pid) =>
    /\) T /.test(orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))),
  );
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function copyTo(program: string, path: string): string {
  copyFileSync(program, path);
  return path;
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-follow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}
