import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RingBuffer } from '../../src/bpf/ring-buffer.ts';

const sizeBytes = 4096;
const busy = 0x8000_0000;
const discarded = 0x4000_0000;

/** A file laid out as the kernel lays out a ring: consumer page, producer page, the data (its second half repeats it). */
let directory: string;
let fd: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ring-'));
  fd = openSync(join(directory, 'ring'), 'w+');
  writeSync(fd, Buffer.alloc(4096 * 2 + 2 * sizeBytes), 0, undefined, 0);
});

afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

const records: string[] = [];

/** Puts records at `position`, each a header word and its text, and returns the position behind them. */
function produce(position: number, texts: readonly string[], flags: number = 0): number {
  let at = position;
  for (const text of texts) {
    const record = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8);
    record.writeUInt32LE((text.length | flags) >>> 0, 0);
    record.write(text, 8);
    for (const half of [0, sizeBytes]) {
      const place = (at % sizeBytes) + half;
      writeSync(
        fd,
        record.subarray(0, Math.max(0, Math.min(record.length, 2 * sizeBytes - place))),
        0,
        undefined,
        8192 + place,
      );
    }
    // What runs over the end of the data stands at its beginning too.
    const over = (at % sizeBytes) + record.length - sizeBytes;
    if (over > 0) writeSync(fd, record.subarray(record.length - over), 0, undefined, 8192);
    at += record.length;
  }
  writePosition(4096, at);
  return at;
}

function writePosition(page: number, value: number): void {
  const word = Buffer.alloc(8);
  word.writeBigUInt64LE(BigInt(value));
  writeSync(fd, word, 0, 8, page);
}

function readConsumerPosition(): number {
  const word = Buffer.alloc(8);
  readSync(fd, word, 0, 8, 0);
  return Number(word.readBigUInt64LE());
}

function drain(ring: RingBuffer, mostBytes = Infinity): number {
  records.length = 0;
  return ring.drain(
    (memory, start, length) => records.push(memory.toString('latin1', start, start + length)),
    mostBytes,
  );
}

it('reads records in order and gives their room back', () => {
  using ring = new RingBuffer(fd, sizeBytes);
  const end = produce(0, ['one', 'two and more', '']);
  expect(ring.pendingBytes).toBe(end);
  expect(drain(ring)).toBe(end);
  expect(records).toEqual(['one', 'two and more', '']);
  expect(readConsumerPosition()).toBe(end);
  expect(drain(ring)).toBe(0);
});

it('skips what was discarded and waits at what is being written', () => {
  using ring = new RingBuffer(fd, sizeBytes);
  const first = produce(0, ['kept']);
  const second = produce(first, ['gone'], discarded);
  produce(second, ['unfinished'], busy);
  drain(ring);
  expect(records).toEqual(['kept']);
  expect(readConsumerPosition()).toBe(second);
});

it('goes round and round', () => {
  using ring = new RingBuffer(fd, sizeBytes);
  let at = 0;
  for (let i = 0; i < 200; i++) {
    at = produce(at, [`${i} `.padEnd(97, 'x'), `${i}`]);
    drain(ring);
    expect(records).toEqual([`${i} `.padEnd(97, 'x'), `${i}`]);
  }
});

it('stops about where it is told to', () => {
  using ring = new RingBuffer(fd, sizeBytes);
  produce(0, ['first', 'second', 'third']);
  drain(ring, 17);
  expect(records).toEqual(['first', 'second']);
});

it('gives the room back even when a handler throws', () => {
  using ring = new RingBuffer(fd, sizeBytes);
  const end = produce(0, ['bad']);
  expect(() =>
    ring.drain(() => {
      throw new Error('handler');
    }, Infinity),
  ).toThrow('handler');
  expect(readConsumerPosition()).toBe(end);
});

it('gives nothing once it is closed', () => {
  const ring = new RingBuffer(fd, sizeBytes);
  produce(0, ['late']);
  ring[Symbol.dispose]();
  expect(drain(ring)).toBe(0);
  expect(ring.pendingBytes).toBe(0);
});
