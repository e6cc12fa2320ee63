import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonSink } from '../../src/sink/json-sink.ts';
import { TotalsCollector } from '../../src/sink/totals-collector.ts';
import { WallClock } from '../../src/util/wall-clock.ts';
import { EventScript, fakeConnection, noCounters } from '../support/events.ts';
import { hostileText } from '../support/hostile-text.ts';
import { textOutput } from '../support/text-output.ts';
import { readJsonDocument } from './json-schema.ts';
import { playScenario } from './scenario.ts';

type Fields = Record<string, unknown>;

const document = readJsonDocument();
const clock = new WallClock(1_770_120_062_123_000_000n, () => 0);

test('golden JSON', async () => {
  await expect(capture(playScenario)).toMatchFileSnapshot('golden/json.jsonl');
});

test('every line has exactly the documented fields, in the documented order', () => {
  const seen = new Set<string>();
  for (const line of linesOf(capture(playScenario))) {
    const record = JSON.parse(line) as Fields;
    const type = String(record['type']);
    seen.add(type);
    expect(Object.keys(record).slice(0, 2)).toEqual(['type', 'time']);
    expect(record['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(Object.keys(record).slice(2), line).toEqual(expectedFields(type, record));
    if (type === 'exchange') checkExchange(record);
  }
  const records = [...document.keys()].filter((name) => name !== 'side' && name !== 'body');
  expect([...seen].sort()).toEqual(records.sort());
});

test('the examples of the document are lines of the golden file', () => {
  const lines = new Set(linesOf(capture(playScenario)));
  for (const [name, { examples }] of document) {
    if (name === 'side' || name === 'body') continue;
    expect(examples.map((example) => example.slice(0, 9 + name.length))).toEqual([`{"type":"${name}`]);
    for (const example of examples) expect(lines).toContain(example);
  }
});

test('bytes survive, whatever they are; nothing harmful to a terminal is printed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), hostileText(64), (bytes, comm) => {
      const output = capture((script) => {
        const connection = fakeConnection(1, { comm });
        script.data(connection, 'read', bytes);
        script.data(connection, 'read', comm);
      });
      const [, first, second] = linesOf(output).map((line) => JSON.parse(line) as Fields);
      return (
        !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(output) &&
        bytesOf(first).equals(bytes) &&
        bytesOf(second).equals(Buffer.from(comm)) &&
        first?.['comm'] === comm &&
        second?.['offset'] === bytes.length
      );
    }),
    { numRuns: 2000 },
  );
});

test('a character split between two chunks makes both base64', () => {
  const [, first, second] = linesOf(
    capture((script) => {
      const connection = fakeConnection(1);
      script.data(connection, 'read', Buffer.from([0x47, 0xc3]));
      script.data(connection, 'read', Buffer.from([0xbc]));
    }),
  );
  expect(first).toContain('"offset":0,"length":2,"base64":"R8M="}');
  expect(second).toContain('"offset":2,"length":1,"base64":"vA=="}');
});

test('what the reader was too slow for becomes gaps: data exactly, other records by number', () => {
  const reader = new SlowReader();
  capture((script) => {
    const connection = fakeConnection(1);
    const other = fakeConnection(2);
    script.open(connection);
    reader.full = true;
    script.data(connection, 'write', 'lost ');
    script.data(connection, 'write', 'as well');
    script.data(connection, 'read', 'abc');
    script.open(other);
    script.close(other);
    script.tick();
    reader.full = false;
    script.after(5).data(connection, 'write', 'seen');
  }, reader.write);
  const records = reader.lines.map((line) => JSON.parse(line) as Fields);
  expect(records.map((record) => record['type'])).toEqual([
    'start',
    'open',
    'gap',
    'gap',
    'gap',
    'data',
    'end',
  ]);
  expect(records[2]).toMatchObject({
    connection: 1,
    direction: 'write',
    offset: 0,
    length: 12,
    reason: 'sink',
    records: 2,
  });
  expect(records[3]).toMatchObject({
    connection: 1,
    direction: 'read',
    offset: 0,
    length: 3,
    reason: 'sink',
    records: 1,
  });
  expect(records[4]).toMatchObject({
    connection: 2,
    direction: null,
    offset: null,
    length: null,
    records: 2,
  });
  expect(records[5]).toMatchObject({ offset: 12, text: 'seen' });
});

test('a gap that the reader was too slow for is not forgotten either', () => {
  const reader = new SlowReader();
  capture((script) => {
    const connection = fakeConnection(1);
    script.open(connection);
    script.data(connection, 'read', 'abc');
    reader.full = true;
    script.gap(connection, 'read', 7, 'ring-full');
    script.gap(connection, 'write', null, 'ring-full');
    reader.full = false;
    script.close(connection);
  }, reader.write);
  const records = reader.lines.map((line) => JSON.parse(line) as Fields);
  expect(records.slice(3, 5)).toMatchObject([
    { type: 'gap', direction: 'read', offset: 3, length: 7, reason: 'sink' },
    { type: 'gap', direction: null, offset: null, length: null, records: 1 },
  ]);
});

test('bytes that nobody knows the connection of have a gap of their own, before the end', () => {
  const counters = { ...noCounters, ringFullEvents: 2, ringFullBytes: 512 };
  const output = capture(
    (script) => script.gap(fakeConnection(1), 'read', 12, 'ring-full'),
    undefined,
    counters,
  );
  const records = linesOf(output).map((line) => JSON.parse(line) as Fields);
  expect(records.at(-2)).toMatchObject({ type: 'gap', connection: null, length: 500, reason: 'ring-full' });
  expect(records.at(-1)).toMatchObject({ type: 'end', lostBytes: 512, unplacedBytes: 500 });
});

test('gaps of the output are said at the next tick, and at the end', () => {
  const reader = new SlowReader();
  capture((script) => {
    const connection = fakeConnection(1);
    reader.full = true;
    script.data(connection, 'write', 'lost');
    reader.full = false;
    script.tick();
    reader.full = true;
    script.data(connection, 'write', 'lost');
    reader.full = false;
  }, reader.write);
  const records = reader.lines.map((line) => JSON.parse(line) as Fields);
  expect(records.map((record) => [record['type'], record['offset']])).toEqual([
    ['start', undefined],
    ['gap', 0],
    ['gap', 4],
    ['end', undefined],
  ]);
});

test('a body that was cut within a character is still text', () => {
  const output = capture((script) => {
    const exchange = script.exchange(fakeConnection(1));
    const request = script.request(exchange, { method: 'PUT', url: '/x' });
    script.body(exchange, request, Buffer.from('Gießkanne').subarray(0, 4));
    script.end(exchange, request, 'connection ended');
    script.finish(exchange);
  });
  expect(output).toContain('"body":{"text":"Gie","length":null,"wireLength":4,');
});

/** A reader that takes records only while it has room. */
class SlowReader {
  full = false;
  readonly lines: string[] = [];
  readonly write = (text: string): boolean => {
    if (!this.full) this.lines.push(text);
    return !this.full;
  };
}

function capture(
  play: (script: EventScript) => void,
  write?: (text: string) => boolean,
  counters = noCounters,
): string {
  let output = '';
  const append = (text: string): boolean => {
    output += text;
    return true;
  };
  const start = {
    timeNs: 0,
    version: '0.1.0',
    targets: [{ family: 'gotls', path: '/usr/bin/caddy', pids: [812] }],
  };
  const sink = new JsonSink(textOutput(write ?? append), { clock, start });
  const totals = new TotalsCollector(0);
  play(
    new EventScript((event) => {
      totals.add(event);
      sink.write(event);
    }, 200_000),
  );
  sink.end(totals.totals(counters, 0));
  return output;
}

function linesOf(output: string): readonly string[] {
  return output.split('\n').filter((line) => line !== '');
}

/** Fails where there are both forms of the bytes, or none. */
function bytesOf(record: Fields | undefined): Buffer {
  const { text, base64 } = record ?? {};
  if ((text === undefined) === (base64 === undefined)) throw new Error('text or base64, never both');
  return typeof text === 'string' ? Buffer.from(text) : Buffer.from(String(base64), 'base64');
}

function expectedFields(type: string, record: Fields): readonly string[] {
  const fields = document.get(type)?.fields ?? [];
  switch (type) {
    case 'data':
    case 'body':
    case 'message':
      return fields.filter((name) => name !== ('text' in record ? 'base64' : 'text'));
    case 'gap':
      return fields.filter((name) => name !== 'records' || record['reason'] === 'sink');
    case 'request':
      return fields.filter((name) => name !== 'status' && name !== 'reasonPhrase');
    case 'response':
      return fields.filter((name) => name !== 'method' && name !== 'url');
    case 'close': {
      const open = document.get('open')?.fields ?? [];
      return [...open.slice(0, open.indexOf('remote') + 1), ...fields];
    }
    default:
      return fields;
  }
}

function checkExchange(record: Fields): void {
  const { request, response, informational } = record as {
    request: Fields | null;
    response: Fields | null;
    informational: Fields[];
  };
  for (const [message, absent] of [
    [request, ['status', 'reasonPhrase']],
    ...[response, ...informational].map((message) => [message, ['method', 'url']] as const),
  ] as const) {
    if (message === null) continue;
    const fields = document.get('side')?.fields.filter((name) => !absent.includes(name as never));
    expect(Object.keys(message)).toEqual(fields);
    const body = message['body'] as Fields;
    // Content first, as in the table.
    const expected = expectedFields('body', body);
    expect(Object.keys(body)).toEqual(expected);
  }
}
