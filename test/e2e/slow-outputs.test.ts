import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { parseJsonRecords, type JsonRecord } from '../support/json-record.ts';
import { LoadProgram, toldBytes } from '../support/load-program.ts';
import { readPrivateBytes } from '../support/memory-use.ts';
import { projectPaths } from '../support/project-paths.ts';
import { Pipe } from '../support/pipe.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

// Captured bytes and gaps of each direction, over all connections, must be what the program itself read and wrote.

test('a reader that sleeps: the target is not slowed, memory is bounded, and what is missing is told to the byte', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const load = await LoadProgram.start(path, ['-answer', '16384']);
  using pipe = new Pipe();
  const capture = await Capture.start({
    args: ['gotls', '-e', path, '--raw', '--json'],
    stdout: pipe.writeFd,
  });
  onTestFinished(() => capture.dispose());
  await load.tell('begin 8');
  const before = await load.measureRate(1);
  // By now the queue for the output is full, and stays so.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const asleep = await load.measureRate(1);
  const privateBytes = readPrivateBytes(capture.pid);
  const told = await load.stop();
  await load.end();

  // It wakes up, and reads all that there is, while the capture ends.
  const reader = readAll(pipe);
  await reader.idle();
  const result = await capture.stop();
  const records = [...parseJsonRecords(reader.stop())];

  expect(result.code).toBe(0);
  expect(asleep).toBeGreaterThan(before / 5);
  expect(privateBytes).toBeLessThan(400 << 20);
  expect(sumOf(records)).toEqual(toldBytes(told));
  expect(reasonsOf(records)).toContain('sink');
  expect(records.at(-1)).toMatchObject({ type: 'end' });
  expect(addsUp(records.at(-1))).toBe(toldBytes(told).read + toldBytes(told).write);
});

test('a ring that is too small: the target is not slowed, and what is missing is told to the byte', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const rates: number[] = [];
  for (const size of ['32M', '64K']) {
    const load = await LoadProgram.start(path, ['-answer', '65536']);
    const capture = await Capture.start({
      args: ['gotls', '-e', path, '--raw', '--json', '--buffer-size', size],
    });
    onTestFinished(() => capture.dispose());
    await load.tell('begin 8');
    rates.push(await load.measureRate(1));
    const told = await load.stop();
    await load.end();
    const result = await capture.stop();

    expect(result.code).toBe(0);
    const records = capture.records();
    expect(sumOf(records)).toEqual(toldBytes(told));
    expect(addsUp(records.at(-1))).toBe(toldBytes(told).read + toldBytes(told).write);
    expect(Number(records.at(-1)?.['lostBytes'])).toBe(countedLosses(records.at(-1)));
    if (size !== '64K') continue;
    expect(reasonsOf(records)).toContain('ring-full');
    expect(result.stderr).toMatch(/gaps? on .* bytes: ring full\./);
  }
  expect(rates[1]).toBeGreaterThan((rates[0] ?? 0) / 5);
});

test('a ring that nobody reads while connections come and go: the summary adds up to the byte', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const load = await LoadProgram.start(path);
  const capture = await Capture.start({
    args: ['gotls', '-e', path, '--raw', '--json', '--buffer-size', '64K'],
  });
  onTestFinished(() => capture.dispose());
  await load.tell('sequence 20');
  process.kill(capture.pid, 'SIGSTOP');
  // Their memory is used again and again, so that not even the ledger remembers them.
  await load.tell('sequence 500');
  process.kill(capture.pid, 'SIGCONT');
  await load.tell('sequence 20');
  const other = await LoadProgram.start(path);
  process.kill(capture.pid, 'SIGSTOP');
  await other.tell('sequence 20');
  const told = [await load.tell('count'), await other.tell('count')];
  // It ends before anything was heard of it.
  await other.end();
  await load.end();
  process.kill(capture.pid, 'SIGCONT');
  const result = await capture.stop();

  const records = capture.records();
  const end = records.at(-1);
  const bytes = told.map(toldBytes).reduce((sum, { read, write }) => sum + read + write, 0);
  expect(addsUp(end)).toBe(bytes);
  expect(reasonsOf(records)).toEqual(['ring-full']);
  // What no connection could be found for has a gap of its own.
  const unplaced = Number(end?.['unplacedBytes']);
  expect(unplaced).toBeGreaterThan(0);
  expect(records.at(-2)).toMatchObject({ type: 'gap', connection: null, length: unplaced });
  expect(lengthsOf(records)).toBe(bytes);
  expect(Number(end?.['lostBytes'])).toBe(countedLosses(end));
  expect(result).toMatchObject({ code: 0 });
});

test('a full disk: said, with exit code 1; the target is unharmed', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'load');
  const load = await LoadProgram.start(path);
  await load.tell('begin 8');
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'copy');
  // In a mount namespace of its own, so that nothing stays mounted whatever happens.
  const script =
    'mount -t tmpfs -o size=4m none "$1"; "${@:3}" -o "$1/out"; code=$?; cp "$1/out" "$2"; exit $code';
  const small = join(folder, 'disk');
  const result = await runCommand(
    'unshare',
    ['--mount', 'bash', '-c', `mkdir "$1"; ${script}`, 'bash', small, copy, process.execPath].concat([
      projectPaths.main,
      ...['gotls', '-e', path, '--raw', '--json'],
    ]),
    { timeoutMs: 60_000 },
  );

  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/no space left on the device/);
  expect(result.stderr).toMatch(/[\d,]+ bytes of output not written/);
  const written = readFileSync(copy);
  expect(written.length).toBeGreaterThan(3 << 20);
  const records = [...parseJsonRecords(written)];
  expect(records.filter(({ type }) => type === 'data').length).toBeGreaterThan(100);
  await load.goOn();
  await load.stop();
  await load.end();
});

function sumOf(records: readonly JsonRecord[]): { read: number; write: number } {
  const sum = { read: 0, write: 0 };
  for (const { type, direction, length } of records) {
    if (type !== 'data' && type !== 'gap') continue;
    if (direction === 'read' || direction === 'write') sum[direction] += Number(length);
  }
  return sum;
}

function lengthsOf(records: readonly JsonRecord[]): number {
  return records
    .filter(({ type }) => type === 'data' || type === 'gap')
    .reduce((sum, { length }) => sum + Number(length), 0);
}

/** What the kernel side counted when it happened. */
function countedLosses(end: JsonRecord | undefined): number {
  const counters = (end?.['counters'] ?? {}) as Record<string, number>;
  return ['ringFullBytes', 'faultBytes', 'tooLongBytes'].reduce(
    (sum, name) => sum + (counters[name] ?? Number.NaN),
    0,
  );
}

function reasonsOf(records: readonly JsonRecord[]): unknown[] {
  return [...new Set(records.filter(({ type }) => type === 'gap').map(({ reason }) => reason))];
}

function addsUp(end: JsonRecord | undefined): number {
  return Number(end?.['readBytes']) + Number(end?.['writtenBytes']) + Number(end?.['lostBytes']);
}

/** Reads a pipe as fast as it can until it is stopped; `idle` once nothing came for a second. */
function readAll(pipe: Pipe): { idle: () => Promise<void>; stop: () => Buffer } {
  const pieces: Buffer[] = [];
  let lastTime = performance.now();
  const read = (): void => {
    const piece = pipe.read(64 << 20);
    if (piece.length > 0) lastTime = performance.now();
    pieces.push(piece);
  };
  const timer = setInterval(read, 2);
  onTestFinished(() => clearInterval(timer));
  return {
    async idle() {
      await waitUntil(
        () => performance.now() - lastTime > 1_000,
        30_000,
        () => 'a reader with nothing to read',
      );
    },
    stop() {
      clearInterval(timer);
      read();
      return Buffer.concat(pieces);
    },
  };
}
