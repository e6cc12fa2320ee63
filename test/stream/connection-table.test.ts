import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureEvent, DataEvent, OffsetsEvent, OpenEvent } from '../../src/event/event.ts';
import { ConnectionTable } from '../../src/stream/connection-table.ts';
import type { StreamEvent } from '../../src/stream/stream-event.ts';

const key = { pid: 812, pointer: 0xc000, generation: 5 };

const open = (fields: Partial<OpenEvent> = {}): OpenEvent => ({
  type: 'open',
  timeNs: 10,
  tid: 813,
  ...key,
  family: 'gotls',
  comm: 'caddy',
  exe: '/usr/bin/caddy',
  role: 'server',
  fd: 7,
  local: { address: '10.0.0.1', port: 443 },
  remote: { address: '10.0.0.7', port: 51876 },
  joinedLate: false,
  identityNote: '',
  ...fields,
});

const data = (text: string, offset: number | null, fields: Partial<DataEvent> = {}): DataEvent => ({
  type: 'data',
  timeNs: 20,
  tid: 813,
  ...key,
  direction: 'read',
  offset,
  bytes: Buffer.from(text),
  gapReason: null,
  ...fields,
});

const offsets = (readBytes: number, fields: Partial<OffsetsEvent> = {}): OffsetsEvent => ({
  type: 'offsets',
  timeNs: 30,
  ...key,
  readBytes,
  writtenBytes: 0,
  readGapReason: null,
  writeGapReason: null,
  final: true,
  ...fields,
});

/** One line per event, so that a whole story reads at a glance. */
function tell(events: readonly CaptureEvent[]): string[] {
  const lines: string[] = [];
  const table = new ConnectionTable((event) => lines.push(describeEvent(event)));
  for (const event of events) table.handle(event);
  return lines;
}

function describeEvent(event: StreamEvent): string {
  if (event.type === 'tick') return 'tick';
  const start = `${event.type} #${event.connection?.id}`;
  if (event.type === 'data')
    return `${start} ${event.direction}@${event.offset} ${Buffer.from(event.bytes).toString()}`;
  if (event.type === 'gap')
    return `${start} ${event.direction}@${event.offset} ${event.lengthBytes} ${event.reason}`;
  return event.type === 'close' ? `${start} ${event.cause}` : start;
}

it('tells a connection from open to close', () => {
  expect(
    tell([
      open(),
      data('abc', 0),
      data('xy', 0, { direction: 'write' }),
      data('de', 3),
      offsets(5, { writtenBytes: 2 }),
    ]),
  ).toEqual(['open #1', 'data #1 read@0 abc', 'data #1 write@0 xy', 'data #1 read@3 de', 'close #1 close']);
});

describe('gaps', () => {
  it('a jump of the offset is a gap, with the reason that the event carries', () => {
    expect(tell([open(), data('abc', 0), data('z', 10, { gapReason: 'fault' })])).toEqual([
      'open #1',
      'data #1 read@0 abc',
      'gap #1 read@3 7 fault',
      'data #1 read@10 z',
    ]);
  });

  it('what is lost at the very end shows in the last offsets', () => {
    expect(tell([open(), data('abc', 0), offsets(8, { readGapReason: 'ring-full' })])).toEqual([
      'open #1',
      'data #1 read@0 abc',
      'gap #1 read@3 5 ring-full',
      'close #1 close',
    ]);
  });

  it('a connection whose every event was lost still shows', () => {
    expect(tell([offsets(100, { readGapReason: 'ring-full', final: false })])).toEqual([
      'open #1',
      'gap #1 read@0 100 ring-full',
    ]);
  });

  it('last offsets that come after the address was used again belong to a connection that has ended', () => {
    expect(
      tell([open(), data('abc', 0), open({ generation: 6 }), offsets(3), data('x', 0, { generation: 6 })]),
    ).toEqual(['open #1', 'data #1 read@0 abc', 'close #1 reused', 'open #2', 'data #2 read@0 x']);
  });

  it('nothing is made of an entry that never carried data', () => {
    expect(tell([offsets(0)])).toEqual([]);
  });

  it('a late join is said for both directions, before the first byte', () => {
    expect(tell([open({ joinedLate: true }), data('abc', 0)])).toEqual([
      'open #1',
      'gap #1 read@0 null joined-late',
      'gap #1 write@0 null joined-late',
      'data #1 read@0 abc',
    ]);
  });

  it('without a ledger entry the loss is unknown, which is said once', () => {
    const fields = { generation: 0 };
    expect(tell([open(fields), data('a', null, fields), data('b', null, fields)])).toEqual([
      'open #1',
      'gap #1 read@0 null table-full',
      'data #1 read@0 a',
      'data #1 read@1 b',
    ]);
  });
});

describe('one address, several connections', () => {
  it('another generation is another connection', () => {
    expect(tell([open(), data('a', 0), open({ generation: 6 }), data('b', 0, { generation: 6 })])).toEqual([
      'open #1',
      'data #1 read@0 a',
      'close #1 reused',
      'open #2',
      'data #2 read@0 b',
    ]);
  });

  it('what the last one lost at its end is said, although its ledger entry is used again', () => {
    const { type: _, ...end } = offsets(9, { readGapReason: 'ring-full' });
    expect(tell([open(), data('a', 0), { ...end, type: 'close', tid: 1 }, open({ generation: 6 })])).toEqual([
      'open #1',
      'data #1 read@0 a',
      'gap #1 read@1 8 ring-full',
      'close #1 reused',
      'open #2',
    ]);
  });

  it('offsets of the last one that come after the next began change nothing', () => {
    const events = [
      open(),
      data('a', 0),
      open({ generation: 6 }),
      data('b', 0, { generation: 6 }),
      offsets(9),
    ];
    expect(tell(events)).toEqual([
      'open #1',
      'data #1 read@0 a',
      'close #1 reused',
      'open #2',
      'data #2 read@0 b',
    ]);
  });

  it('a repeated open teaches, and opens nothing', () => {
    const connections: unknown[] = [];
    const table = new ConnectionTable((event) => event.type !== 'tick' && connections.push(event.connection));
    table.handle(open({ local: null, remote: null, fd: null, identityNote: 'wrapped' }));
    table.handle(open());
    expect(connections).toHaveLength(1);
    expect(connections[0]).toMatchObject({
      fd: 7,
      remote: { address: '10.0.0.7', port: 51876 },
      identityNote: '',
    });
  });

  it('where generations are missing, another peer is another connection', () => {
    const late = { generation: 0, remote: { address: '10.0.0.9', port: 1 } };
    expect(tell([open({ generation: 0 }), open({ generation: 0 }), open(late)])).toEqual([
      'open #1',
      'close #1 reused',
      'open #2',
    ]);
  });
});

describe('ends', () => {
  it('an exit ends all connections of its process, and only those', () => {
    const other = { pid: 900, pointer: 1, generation: 7 };
    expect(tell([open(), open(other), { type: 'exit', timeNs: 40, pid: 812 }])).toEqual([
      'open #1',
      'open #2',
      'close #1 exit',
    ]);
  });

  it('the end of the capture ends what is open', () => {
    const counters = {} as never;
    expect(tell([open(), { type: 'end', timeNs: 50, counters }])).toEqual(['open #1', 'close #1 end']);
  });

  it('the executable is the one that /proc told', () => {
    const seen: string[] = [];
    const table = new ConnectionTable((event) => event.type === 'open' && seen.push(event.connection.exe));
    table.handle({ type: 'process', timeNs: 1, pid: 812, comm: 'caddy', exe: '/proc/says/caddy' });
    table.handle(open());
    expect(seen).toEqual(['/proc/says/caddy']);
  });
});

it('data and gaps together cover every offset once, whatever is lost', () => {
  const chunk = fc.record({
    length: fc.integer({ min: 1, max: 50 }),
    lost: fc.boolean(),
    write: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 60 }), (chunks) => {
      const next = { read: 0, write: 0 };
      const covered = { read: 0, write: 0 };
      const table = new ConnectionTable((event) => {
        if (event.type !== 'data' && event.type !== 'gap') return;
        expect(event.offset).toBe(covered[event.direction]);
        covered[event.direction] += event.type === 'data' ? event.bytes.length : (event.lengthBytes ?? 0);
      });
      table.handle(open());
      for (const { length, lost, write } of chunks) {
        const direction = write ? 'write' : 'read';
        if (!lost) table.handle(data('x'.repeat(length), next[direction], { direction }));
        next[direction] += length;
      }
      table.handle(offsets(next.read, { writtenBytes: next.write }));
      expect(covered).toEqual(next);
    }),
    { numRuns: 2000 },
  );
});
