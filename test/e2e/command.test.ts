import { spawn, spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { parseJsonRecords } from '../support/json-record.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

const tlstap = [projectPaths.main, 'gotls', '--raw', '--json', '--buffer-size', '64M'];

function run(words: readonly string[], input: string = ''): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [...tlstap, '--', ...words], {
    input,
    timeout: 60_000,
    maxBuffer: 2 ** 28,
  });
}

test('a command is captured from its first byte, and stdout carries nothing else', async (context) => {
  await needCapture(context);
  const program = needProgram(context, 'machine');
  const other = await RunningProgram.start(program, ['-repeat', '-connections', '1', '-max', '100']);
  onTestFinished(() => other.kill());
  other.send('go');

  const { status, stdout, stderr } = run([program, '-connections', '4', '-max', '50000'], 'go\n');

  expect(status).toBe(0);
  const records = [...parseJsonRecords(Buffer.from(stdout))];
  const said = stderr
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const truths = endpointTruths([...parseJsonRecords(Buffer.from(said.join('\n')))]);
  expect(truths).toHaveLength(16);
  // What the other process of the same program says is not among it, or it would be unknown here.
  expect(compareStreams(truths, assembleConnections(records))).toEqual([]);
  expect(records.filter(({ type }) => type === 'gap')).toEqual([]);
});

test('its exit code is passed on', async (context) => {
  await needCapture(context);
  expect(run([needProgram(context, 'machine'), '-no-such-flag'])).toMatchObject({ status: 2 });
});

test('a signal goes to the command, and its death is told as a shell tells it', async (context) => {
  await needCapture(context);
  const child = spawn(process.execPath, [...tlstap, '--', needProgram(context, 'machine')]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (piece: Buffer) => piece.toString().includes('"ready"') && resolve());
  });
  child.kill('SIGTERM');
  expect(await exited).toBe(128 + 15);
});

test('a command that is not there is said, and nothing is started', async (context) => {
  await needCapture(context);
  const { status, stderr } = run(['no-such-program-here']);
  expect(status).toBe(3);
  expect(stderr.toString()).toContain('cannot run no-such-program-here');
});

test('a command that cannot be captured does not begin', async (context) => {
  await needCapture(context);
  const { status, stdout, stderr } = run(['sh', '-c', 'echo began']);
  expect(status).toBe(3);
  expect(stderr.toString()).toContain('it is not a Go program');
  expect(stdout.toString() + stderr.toString()).not.toContain('began');
});

test('flags of the command are its own', async (context) => {
  await needCapture(context);
  const { stderr } = run([needProgram(context, 'machine'), '--help']);
  expect(stderr.toString()).toContain('connections per TLS version');
});
