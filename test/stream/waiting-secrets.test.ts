import { expect, test } from 'vitest';
import type { CaptureEvent, OpenEvent, SecretEvent } from '../../src/event/event.ts';
import { ConnectionTable } from '../../src/stream/connection-table.ts';

const key = { pid: 812, pointer: 0xc000, generation: 5 };

function secret(label: string, fields: Partial<SecretEvent> = {}): SecretEvent {
  const hex = { clientRandom: '0a'.repeat(32), secret: '5e'.repeat(32) };
  return { type: 'secret', timeNs: 10, tid: 813, ...key, family: 'gotls', label, ...hex, ...fields };
}

const open: OpenEvent = {
  type: 'open',
  timeNs: 20,
  tid: 813,
  ...key,
  family: 'gotls',
  comm: 'caddy',
  exe: '/usr/bin/caddy',
  role: 'server',
  fd: 7,
  local: null,
  remote: null,
  joinedLate: false,
  identityNote: '',
};

function tell(events: readonly CaptureEvent[]): string[] {
  const lines: string[] = [];
  const table = new ConnectionTable((event) => {
    if (event.type === 'secret') lines.push(`${event.label} #${event.connection?.id ?? '-'}`);
    else lines.push(event.type);
  });
  for (const event of events) table.handle(event);
  return lines;
}

test('a secret that comes before its connection waits for it', () => {
  expect(tell([secret('A'), secret('B'), open, secret('C')])).toEqual(['open', 'A #1', 'B #1', 'C #1']);
});

test('but not for long, and not for another', () => {
  const tick = { type: 'tick', timeNs: 2e9 } as const;
  expect(tell([secret('A', { generation: 4 }), open, tick])).toEqual(['open', 'A #-', 'tick']);
  expect(tell([secret('A'), { type: 'tick', timeNs: 5e8 }, open])).toEqual(['tick', 'open', 'A #1']);
});

test('one of no connection does not wait', () => {
  expect(tell([secret('Q', { pointer: 0, generation: 0 }), open])).toEqual(['Q #-', 'open']);
});

test('none is lost at the end, and memory is bounded', () => {
  const many = Array.from({ length: 1500 }, (_, number) => secret(`S${number}`));
  expect(tell(many)).toHaveLength(500);
  expect(tell([secret('A'), { type: 'end', timeNs: 30, counters: {} as never }])).toEqual(['A #-']);
});
