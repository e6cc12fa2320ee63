import { describe, expect, test } from 'vitest';
import { FrameResync } from '../../../src/protocol/http2/frame-resync.ts';
import { data, endStream, frame, get, headers, settings, uint32 } from './frames.ts';
import { Random } from './random.ts';

/** Where a search through `bytes`, given in pieces, finds frames; null if it does not. */
function findFrames(bytes: Uint8Array, pieceBytes: number): number | null {
  const resync = new FrameResync((stream) => stream < 2000);
  let passed = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const { unrecognised, frames } = resync.push(bytes.subarray(at, at + pieceBytes));
    passed += unrecognised.length;
    if (frames !== null) return passed;
  }
  const { frames } = resync.end();
  return frames === null ? null : passed;
}

/** Frames as programs send them, with bodies that are hard to tell from frames; and where they begin. */
function makeStream(random: Random): { readonly bytes: Buffer; readonly starts: readonly number[] } {
  const frames: Buffer[] = [];
  for (let at = 0; at < 40; at++) {
    const stream = 2 * random.below(500) + 1;
    const body = [
      () => random.bytes(random.below(3000)),
      () => Buffer.alloc(random.below(3000)),
      () => Buffer.from(random.text(random.below(3000))),
      // Numbers of 32 bits, big-endian, as in gRPC's prefixes and in images.
      () => uint32(...Array.from({ length: random.below(300) }, () => random.below(1000))),
    ][random.below(4)]!();
    const make = [
      () => data(stream, body, random.below(2)),
      () => data(stream, body),
      () => headers(stream, get('/path'), endStream),
      () => headers(stream, [['grpc-status', '0']], endStream),
      () => frame({ type: 8, stream: random.below(2) * stream, payload: uint32(1 + random.below(70_000)) }),
      () => frame({ type: 6, payload: random.bytes(8) }),
    ][random.below(6)]!;
    frames.push(make());
  }
  const starts: number[] = [];
  let at = 0;
  for (const { length } of frames) {
    starts.push(at);
    at += length;
  }
  return { bytes: Buffer.concat(frames), starts };
}

test('from any offset, the next frame is found: nearly always the very next, hardly ever a wrong one', () => {
  const random = new Random(11);
  let next = 0;
  let wrong = 0;
  const rounds = 1000;
  for (let round = 0; round < rounds; round++) {
    const { bytes, starts } = makeStream(random);
    const from = random.below(starts[25]!);
    const found = findFrames(bytes.subarray(from), 700);
    if (found === null || !starts.includes(from + found)) wrong++;
    else if (starts.find((start) => start >= from) === from + found) next++;
  }
  expect(wrong).toBeLessThanOrEqual(rounds / 500);
  expect(next).toBeGreaterThan(rounds * 0.99);
});

describe('how much is enough', () => {
  const noise = Buffer.from('some text of a body');
  const rows: readonly [string, Buffer, number | null][] = [
    ['a request, at once', headers(3, get('/')), 0],
    ['a request after other bytes', Buffer.concat([noise, headers(3, get('/'))]), noise.length],
    ['control frames at the start', settings([[3, 100]]), 0],
    ['DATA at the start, alone to the end', data(3, 'abc'), 0],
    ['DATA, with another frame begun', Buffer.concat([data(3, 'abc'), data(5, 'def').subarray(0, 9)]), 0],
    ['DATA, followed by something else', Buffer.concat([data(3, 'abc'), noise]), null],
    [
      'two DATA frames after other bytes',
      Buffer.concat([noise, data(3, 'abc'), data(5, 'def')]),
      noise.length,
    ],
    ['one DATA frame after other bytes', Buffer.concat([noise, data(3, 'abc')]), null],
    [
      'a request whose block is malformed',
      frame({ type: 1, flags: 4, stream: 3, payload: Buffer.of(0x80) }),
      null,
    ],
    ['a name in capitals', headers(3, [['Grpc-Status', '0']]), null],
    ['an error code that is not defined', frame({ type: 3, stream: 1, payload: uint32(0x1234) }), null],
    ['a window of 0', frame({ type: 8, payload: uint32(0) }), null],
    ['a setting that is not defined', settings([[0x77, 1]]), null],
  ];

  test.each(rows)('%s', (_, bytes, at) => {
    expect(findFrames(bytes, 4096)).toBe(at);
    expect(findFrames(bytes, 1)).toBe(at);
  });
});

test('DATA of a stream that makes no sense is no evidence', () => {
  const resync = new FrameResync((stream) => stream < 100);
  const bytes = Buffer.concat([data(101, 'abc'), data(101, 'abc'), data(101, 'abc')]);
  expect(resync.push(bytes).frames).toBeNull();
  expect(resync.push(Buffer.concat([data(99, 'abc'), data(1, 'abc'), data(1, 'abc')])).frames).not.toBeNull();
});
