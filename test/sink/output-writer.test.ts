import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openStdout } from '../../src/sink/output-descriptor.ts';
import { OutputWriter } from '../../src/sink/output-writer.ts';
import { Pipe } from '../support/pipe.ts';

const line = `${'x'.repeat(99)}\n`;

test('records reach a pipe in order, at the end of the turn', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd) });
  expect(writer.write('one\n')).toBe(true);
  expect(writer.write('zwei ü\n')).toBe(true);
  expect(pipe.read().length).toBe(0);
  await sleep(20);
  expect(pipe.read().toString()).toBe('one\nzwei ü\n');
  expect(await writer.close(100)).toBe(0);
});

test('records that are UTF-8 already go out as they are, between others', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd) });
  writer.write('→ eins\n');
  writer.writeUtf8('\xe2\x86\x92 zwei\n');
  expect(writer.queuedBytes).toBe(9 + 9);
  expect(await writer.close(1000)).toBe(0);
  expect(pipe.read().toString()).toBe('→ eins\n→ zwei\n');
});

test('the descriptor that others share is left as it was', async () => {
  using pipe = new Pipe();
  const descriptor = openStdout(pipe.writeFd);
  expect(descriptor).toMatchObject({ mode: 'non-blocking', own: true });
  expect(flagsOf(descriptor.fd) & fs.constants.O_NONBLOCK).not.toBe(0);
  expect(flagsOf(pipe.writeFd) & fs.constants.O_NONBLOCK).toBe(0);
  await new OutputWriter({ descriptor }).close(0);
  expect(() => flagsOf(descriptor.fd)).toThrow('ENOENT');
  expect(flagsOf(pipe.writeFd) & fs.constants.O_NONBLOCK).toBe(0);
});

test('a pipe that nobody reads: whole records are dropped, counted, and the process goes on', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd), queueLimitBytes: 100_000 });
  let accepted = 0;
  const started = performance.now();
  for (let i = 0; i < 10_000; i += 1) accepted += writer.write(line) ? 1 : 0;
  expect(performance.now() - started).toBeLessThan(2000);
  // 64 KiB are in the pipe, at most 100 kB in the queue.
  expect(accepted).toBeGreaterThan(1500);
  expect(accepted).toBeLessThan(1700);
  expect(writer.droppedBytes).toBe((10_000 - accepted) * line.length);

  const received: Buffer[] = [];
  for (let i = 0; i < 20; i += 1) {
    received.push(pipe.read());
    await sleep(10);
  }
  expect(Buffer.concat(received).toString()).toBe(line.repeat(accepted));
  expect(await writer.close(100)).toBe((10_000 - accepted) * line.length);
});

test('after a drop, half of the queue must be free before records are taken again', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd), queueLimitBytes: 200_000 });
  while (writer.write(line));
  pipe.read(80_000);
  await sleep(60);
  // 80 kB of 200 kB are free: small records would fit, but then drops and notices would alternate.
  expect(writer.queuedBytes).toBeGreaterThan(100_000);
  expect(writer.write(line)).toBe(false);
  pipe.read(60_000);
  await sleep(60);
  expect(writer.write(line)).toBe(true);
  await writer.close(0);
});

test('a record longer than the queue passes when nothing waits', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd), queueLimitBytes: 1000 });
  expect(writer.write('y'.repeat(200_000))).toBe(true);
  expect(writer.write(line)).toBe(false);
  let received = 0;
  for (let i = 0; i < 40 && received < 200_000; i += 1) {
    received += pipe.read().length;
    await sleep(5);
  }
  expect(received).toBe(200_000);
  await writer.close(0);
});

test('close gives a stuck reader its time, then says what it never took', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd) });
  for (let i = 0; i < 5000; i += 1) writer.write(line);
  const started = performance.now();
  const undelivered = await writer.close(200);
  expect(performance.now() - started).toBeGreaterThan(190);
  expect(performance.now() - started).toBeLessThan(1000);
  expect(undelivered).toBe(5000 * line.length - pipe.read().length);
  expect(undelivered).toBeGreaterThan(400_000);
  expect(writer.stuck).toBe(false);
});

test('close waits for a reader that is slow but alive', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd) });
  for (let i = 0; i < 3000; i += 1) writer.write(line);
  let received = 0;
  const reader = setInterval(() => {
    received += pipe.read(30_000).length;
  }, 5);
  const undelivered = await writer.close(5000);
  clearInterval(reader);
  received += pipe.read().length;
  expect(undelivered).toBe(0);
  expect(received).toBe(3000 * line.length);
});

test('a reader that goes away is told once, and the rest is discarded without a word', async () => {
  using pipe = new Pipe();
  const onClosed = vi.fn<() => void>();
  const onError = vi.fn<() => void>();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd), onClosed, onError });
  writer.write(line);
  await sleep(10);
  pipe.closeReader();
  for (let i = 0; i < 3; i += 1) {
    expect(writer.write(line)).toBe(true);
    await sleep(10);
  }
  expect(onClosed).toHaveBeenCalledTimes(1);
  expect(onError).not.toHaveBeenCalled();
  expect(await writer.close(100)).toBe(0);
});

test('a pipe whose reader was gone before the start', async () => {
  using pipe = new Pipe();
  pipe.closeReader();
  const onClosed = vi.fn<() => void>();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd), onClosed });
  writer.write(line);
  await sleep(50);
  expect(onClosed).toHaveBeenCalledTimes(1);
  expect(await writer.close(100)).toBe(0);
});

test('a full disk is an error, told once; what follows counts as undelivered', async () => {
  const onError = vi.fn<(error: NodeJS.ErrnoException) => void>();
  const full = fs.openSync('/dev/full', 'w');
  const writer = new OutputWriter({ descriptor: openStdout(full), onError });
  writer.write(line);
  await sleep(10);
  expect(onError).toHaveBeenCalledTimes(1);
  expect(onError.mock.calls[0]?.[0].code).toBe('ENOSPC');
  expect(writer.write(line)).toBe(false);
  expect(await writer.close(100)).toBe(2 * line.length);
  fs.closeSync(full);
});

test('a regular file keeps the offset that is shared with other writers', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-out-'));
  const file = path.join(folder, 'out');
  const fd = fs.openSync(file, 'w');
  fs.writeSync(fd, 'before\n');
  const descriptor = openStdout(fd);
  expect(descriptor).toEqual({ fd, mode: 'direct', own: false });
  const writer = new OutputWriter({ descriptor });
  writer.write('captured\n');
  expect(await writer.close(100)).toBe(0);
  fs.writeSync(fd, 'after\n');
  fs.closeSync(fd);
  expect(fs.readFileSync(file, 'utf8')).toBe('before\ncaptured\nafter\n');
  fs.rmSync(folder, { recursive: true });
});

test('a producer that can wait waits until half of the queue is free', async () => {
  using pipe = new Pipe();
  const writer = new OutputWriter({ descriptor: openStdout(pipe.writeFd), queueLimitBytes: 100_000 });
  let received = 0;
  const reader = setInterval(() => {
    received += pipe.read(50_000).length;
  }, 2);
  for (let i = 0; i < 10_000; i += 1) {
    expect(writer.write(line)).toBe(true);
    await writer.drained();
  }
  expect(await writer.close(2000)).toBe(0);
  clearInterval(reader);
  received += pipe.read().length;
  expect(received).toBe(10_000 * line.length);
});

/** File status flags of a descriptor, from the kernel. */
function flagsOf(fd: number): number {
  const info = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  return parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? '', 8);
}
