import { expect, test } from 'vitest';
import { formatSummary } from '../../src/sink/summary.ts';
import { createTextStyle } from '../../src/sink/text-style.ts';
import { TotalsCollector } from '../../src/sink/totals-collector.ts';
import type { Totals } from '../../src/sink/totals.ts';
import { EventScript, fakeConnection, noCounters } from '../support/events.ts';

const style = createTextStyle({ color: false, unicode: true });
const whole: Totals = {
  durationNs: 37.2e9,
  processes: 2,
  connections: 88,
  exchanges: 1204,
  secrets: 0,
  readBytes: 41_300_000,
  writtenBytes: 190_100_000,
  gaps: 0,
  lostBytes: 0,
  unplacedBytes: 0,
  joinedLateConnections: 0,
  gapReasons: {},
  families: {},
  undeliveredBytes: 0,
  counters: noCounters,
};

test('a run without losses is one line', () => {
  expect(summarize({})).toBe(
    '  37 s: 1,204 exchanges on 88 connections of 2 processes, 41.3 MB read, 190.1 MB written, 0 lost\n',
  );
});

test('one of each', () => {
  expect(summarize({ processes: 1, connections: 1, exchanges: 1, readBytes: 1, writtenBytes: 999 })).toBe(
    '  37 s: 1 exchange on 1 connection of 1 process, 1 B read, 999 B written, 0 lost\n',
  );
});

test('nothing captured, and why that may be', () => {
  expect(summarize({ connections: 0, exchanges: 0 })).toBe('  37 s: nothing was captured\n');
  expect(summarize({ connections: 0, counters: { ...noCounters, filtered: 1234 } })).toBe(
    '  37 s: nothing was captured; 1,234 events of other processes or users passed by\n',
  );
});

test('losses say where, how much, why, and what to do', () => {
  const text = summarize({
    gaps: 7,
    lostBytes: 70_144,
    joinedLateConnections: 1,
    gapReasons: {
      'ring-full': { gaps: 2, lostBytes: 65_536, connections: [17, 40] },
      fault: { gaps: 1, lostBytes: 512, connections: [3] },
      'too-long': { gaps: 1, lostBytes: 4096, connections: [4] },
      'table-full': { gaps: 3, lostBytes: 0, connections: [1, 2, 3, 4, 5, 6, 7] },
    },
    undeliveredBytes: 12_345,
  });
  expect(text.split('\n')).toEqual([
    '  37 s: 1,204 exchanges on 88 connections of 2 processes, 41.3 MB read, 190.1 MB written, 70.1 kB lost',
    '    2 gaps on #17 and #40, 65,536 bytes: ring full.  Try --buffer-size 64M, or write to a file with -o',
    '    1 gap on #3, 512 bytes: memory of the process could not be read.  Its pages were not in memory (Linux 6.1 and later can wait for them), or did not come before the end',
    '    1 gap on #4, 4,096 bytes: longer than what is captured of one call.  The beginning of each was captured',
    '    3 gaps on #1, #2, #3, #4, #5 and 2 more: table of connections full.  Capture fewer processes at once, with --pid',
    '    12,345 bytes of output not delivered: the reader is too slow.  Write to a file with -o, or print less with -q',
    '    1 connection was open before the capture began: what was said until then is unknown',
    '',
  ]);
});

test('events that were lost without a trace in any stream are not kept quiet', () => {
  const text = summarize({ counters: { ...noCounters, ringFullEvents: 5 } });
  expect(text).toContain('5 events lost, nobody knows where: ring full.  Try --buffer-size 64M');
});

test('bytes that were lost with everything that could have said of which connection add up all the same', () => {
  const totals = new TotalsCollector(500);
  const script = new EventScript((event) => totals.add(event), 1000);
  const connection = fakeConnection(1);
  script.open(connection);
  script.gap(connection, 'read', 5, 'ring-full');
  script.gap(connection, 'read', 100, 'sink');
  script.close(connection);
  const counted = { ...noCounters, ringFullEvents: 4, ringFullBytes: 1_005, faultBytes: 30 };
  expect(totals.totals(counted, 0)).toMatchObject({ lostBytes: 105 + 1_030, unplacedBytes: 1_030 });

  const text = summarize({ lostBytes: 1_030, unplacedBytes: 1_030, counters: counted });
  expect(text).toContain('1.0 kB lost\n');
  expect(text).toContain('1,030 bytes lost, nobody knows on which connection: ring full.  Try --buffer-size');
});

test('secrets are counted, also where no connection is known', () => {
  expect(summarize({ secrets: 4, connections: 0, processes: 1 })).toBe('  37 s: 4 secrets of 1 process\n');
  expect(summarize({ secrets: 4, exchanges: 0, connections: 1, processes: 1 })).toMatch(
    /^ {2}37 s: 4 secrets, 1 connection of 1 process, /,
  );
});

test('secrets that were lost say why', () => {
  const text = summarize({ counters: { ...noCounters, ringFullSecrets: 3, faultSecrets: 1 } });
  expect(text).toContain('    3 secrets lost: ring full.  Try --buffer-size 64M');
  expect(text).toContain('    1 secret lost: memory of the process could not be read.');
});

test('advice for a replay names no size', () => {
  const gapReasons = { 'ring-full': { gaps: 1, lostBytes: 1, connections: [1] } };
  expect(formatSummary({ ...whole, gaps: 1, gapReasons }, { style, ringBytes: null })).toContain(
    'Try a larger --buffer-size',
  );
});

test('totals are summed over connections that ended and those that did not', () => {
  const totals = new TotalsCollector(500);
  const script = new EventScript((event) => totals.add(event), 1000);
  const ended = fakeConnection(1, { readBytes: 10, writtenBytes: 20 });
  const lasting = fakeConnection(2, {
    pid: 9,
    family: 'other',
    joinedLate: true,
    readBytes: 1,
    writtenBytes: 2,
  });
  script.open(ended);
  script.open(lasting);
  script.open(lasting);
  script.gap(lasting, 'read', null, 'joined-late');
  script.gap(ended, 'read', 5, 'ring-full');
  script.gap(ended, 'write', null, 'ring-full');
  script.finish(script.exchange(ended));
  script.secret(ended, 'CLIENT_RANDOM');
  script.secret(null, 'CLIENT_RANDOM');
  script.close(ended);
  script.after(1).tick();
  expect(totals.exchanges).toBe(1);
  const expected = {
    durationNs: 1_000_500,
    processes: 2,
    connections: 2,
    exchanges: 1,
    secrets: 2,
    readBytes: 11,
    writtenBytes: 22,
    gaps: 2,
    lostBytes: 5,
    unplacedBytes: 0,
    joinedLateConnections: 1,
    gapReasons: { 'ring-full': { gaps: 2, lostBytes: 5, connections: [1] } },
    families: {
      gotls: { connections: 1, exchanges: 1, readBytes: 10, writtenBytes: 20, gaps: 2, lostBytes: 5 },
      other: { connections: 1, exchanges: 0, readBytes: 1, writtenBytes: 2, gaps: 0, lostBytes: 0 },
    },
    undeliveredBytes: 7,
    counters: noCounters,
  };
  expect(totals.totals(noCounters, 7)).toEqual(expected);
  expect(totals.totals(noCounters, 7)).toEqual(expected);
});

function summarize(parts: Partial<Totals>): string {
  return formatSummary({ ...whole, ...parts }, { style, ringBytes: 32 * 2 ** 20 });
}
