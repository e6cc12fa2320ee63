import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import type { TextOptions } from '../../src/sink/text-options.ts';
import { type EventScript, fakeConnection } from '../support/events.ts';
import { renderText } from '../support/text-sink.ts';
import { playScenario } from './scenario.ts';

const cases: readonly { readonly name: string; readonly options: Partial<TextOptions> }[] = [
  { name: 'plain', options: {} },
  { name: 'color', options: { color: true } },
  { name: 'quiet', options: { verbosity: 'quiet' } },
  { name: 'quiet-color', options: { verbosity: 'quiet', color: true } },
  { name: 'verbose', options: { verbosity: 'verbose' } },
  { name: 'verbose-color', options: { verbosity: 'verbose', color: true } },
  { name: 'ascii', options: { unicode: false } },
  { name: 'hex', options: { hex: true, sizeLimitBytes: 64 } },
  { name: 'limited', options: { sizeLimitBytes: 12 } },
];

test.each(cases)('golden text: $name', async ({ name, options }) => {
  await expect(renderText(playScenario, options)).toMatchFileSnapshot(`golden/text-${name}.txt`);
});

const rawCases: readonly { readonly name: string; readonly options: Partial<TextOptions> }[] = [
  { name: 'raw', options: {} },
  { name: 'raw-quiet', options: { verbosity: 'quiet' } },
  { name: 'raw-verbose', options: { verbosity: 'verbose' } },
  { name: 'raw-hex', options: { hex: true, sizeLimitBytes: 40 } },
];

test.each(rawCases)('golden text: $name', async ({ name, options }) => {
  await expect(renderText(playChunks, { raw: true, ...options })).toMatchFileSnapshot(
    `golden/text-${name}.txt`,
  );
});

function playChunks(script: EventScript): void {
  const connection = fakeConnection(1);
  script.open(connection);
  script.data(connection, 'read', 'GET /api HTTP/1.1\r\nHost: shop.local\r\n\r\n');
  script.after(8).data(connection, 'write', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n');
  script.after(1).data(connection, 'write', 'short line');
  script.after(1).gap(connection, 'write', 100, 'ring-full');
  script.after(1).data(connection, 'write', Buffer.from('1f8b08000000000000034bcb2c2a2e0100', 'hex'));
  script.close(connection);
}
