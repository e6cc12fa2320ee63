import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureEvent } from '../../src/event/event.ts';
import { recordingFormat, type Fact, type RecordingHeader } from '../../src/event/recording-format.ts';
import { RecordingReader, type RecordingProblem } from '../../src/event/recording-reader.ts';
import { RecordingWriter } from '../../src/event/recording-writer.ts';
import { closeRecord, dataRecord, openRecord } from '../support/kernel-records.ts';

const header: RecordingHeader = {
  format: 1,
  version: '0.1.0',
  kernel: '6.12.0',
  clockOffsetNs: '1790000000000000000',
  startedTimeNs: 12,
  timeZone: 'Europe/Berlin',
  files: [{ family: 'gotls', path: '/usr/bin/caddy' }],
  targets: [{ family: 'gotls', path: '/usr/bin/caddy', pids: [812] }],
  count: null,
  plans: [],
};

const facts: readonly Fact[] = [
  { type: 'process', timeNs: 1, pid: 812, comm: 'caddy', exe: '/usr/bin/caddy' },
  { type: 'tick', timeNs: 2 },
  { type: 'exit', timeNs: 3, pid: 812 },
];

function makeRecording(): Buffer {
  const parts: Buffer[] = [];
  const writer = new RecordingWriter(header, (bytes) => parts.push(Buffer.from(bytes)));
  writer.fact(facts[0]!);
  for (const record of [openRecord({}), dataRecord({ bytes: Buffer.from('GET / ') }), closeRecord({})]) {
    // Records lie in the middle of the ring's memory.
    const memory = Buffer.concat([Buffer.alloc(8, 0xaa), record, Buffer.alloc(8, 0xbb)]);
    writer.record(memory, 8, record.length);
  }
  writer.fact(facts[1]!);
  writer.fact(facts[2]!);
  return Buffer.concat(parts);
}

function read(pieces: readonly Buffer[]): {
  headers: RecordingHeader[];
  events: CaptureEvent[];
  problem: RecordingProblem | undefined;
} {
  const headers: RecordingHeader[] = [];
  const events: CaptureEvent[] = [];
  const reader = new RecordingReader({
    onHeader: (one) => headers.push(one),
    // Bytes are valid only during the call.
    onEvent: (event) =>
      events.push(event.type === 'data' ? { ...event, bytes: Buffer.from(event.bytes) } : event),
  });
  for (const piece of pieces) reader.push(piece);
  return { headers, events, problem: reader.end() };
}

const whole = makeRecording();

it('gives back what was recorded, in order', () => {
  const { headers, events, problem } = read([whole]);
  expect(headers).toEqual([header]);
  expect(events.map(({ type }) => type)).toEqual(['process', 'open', 'data', 'close', 'tick', 'exit']);
  expect(events[0]).toEqual(facts[0]);
  expect(events[2]).toMatchObject({ bytes: Buffer.from('GET / '), direction: 'read' });
  expect(problem).toBeUndefined();
});

it('knows files that were probed during the run, from then on; the header of an older format has all of them', () => {
  const parts: Buffer[] = [];
  const writer = new RecordingWriter(header, (bytes) => parts.push(Buffer.from(bytes)));
  const open = openRecord({ profile: 1 });
  writer.record(open, 0, open.length);
  const file = { type: 'file', timeNs: 5, index: 1, family: 'gotls', path: '/usr/bin/other' } as const;
  writer.fact(file);
  writer.record(open, 0, open.length);
  const { events, problem } = read(parts);
  expect(problem).toBeUndefined();
  expect(events[1]).toEqual(file);
  expect(events).toMatchObject([
    { exe: '', family: 'unknown' },
    {},
    { exe: '/usr/bin/other', family: 'gotls' },
  ]);
});

it.each([-1, 256, 0.5, '1', null])('takes no file for one with the number %s', (index) => {
  const parts: Buffer[] = [];
  const writer = new RecordingWriter(header, (bytes) => parts.push(Buffer.from(bytes)));
  writer.fact({ type: 'file', timeNs: 5, index: index as number, family: 'gotls', path: '/usr/bin/other' });
  expect(read(parts).problem).toMatchObject({ type: 'damaged' });
});

it('does not care how its bytes arrive', () => {
  const expected = read([whole]);
  for (let at = 0; at <= whole.length; at++) {
    expect(read([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
  }
  expect(read(Array.from(whole, (_, i) => whole.subarray(i, i + 1)))).toEqual(expected);
});

describe('problems', () => {
  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['another file', Buffer.from('\x7fELF whatever it is')],
    ['only the magic', Buffer.from('tlstap recording\n')],
  ])('%s is not a recording', (_, bytes) => {
    expect(read([bytes]).problem).toEqual({ type: 'not-a-recording' });
  });

  it('a cut one gives what stands before the cut', () => {
    const { events, problem } = read([whole.subarray(0, whole.length - 3)]);
    expect(events).toHaveLength(5);
    expect(problem).toMatchObject({ type: 'cut' });
  });

  it('a newer format is refused by name', () => {
    const parts: Buffer[] = [];
    const newer = new RecordingWriter({ ...header, format: recordingFormat + 1 }, (bytes) =>
      parts.push(bytes),
    );
    newer.fact(facts[1]!);
    expect(read(parts).problem).toEqual({ type: 'newer-format', format: recordingFormat + 1 });
  });

  it('a lying length is damage, not memory', () => {
    const damaged = Buffer.concat([whole, Buffer.from('ffffffff02', 'hex')]);
    expect(read([damaged]).problem).toEqual({ type: 'damaged', offset: whole.length });
  });

  it('frames of kinds to come are skipped', () => {
    const unknown = Buffer.concat([whole, Buffer.from('0200000009abcd', 'hex')]);
    expect(read([unknown]).problem).toBeUndefined();
  });
});

it('bears any damage', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(whole.length),
      (changes, length) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of changes) damaged[at] = value;
        const { events } = read([damaged.subarray(0, length)]);
        expect(events.length).toBeLessThan(100);
      },
    ),
    { numRuns: 10_000 },
  );
});
