import fs from 'node:fs';
import { bench, run, summary } from 'mitata';
import { observeConnection } from '../src/protocol/observe-connection.ts';
import { createTextSink } from '../src/sink/create-text-sink.ts';
import { JsonSink } from '../src/sink/json-sink.ts';
import { OutputWriter } from '../src/sink/output-writer.ts';
import type { Sink, WriteText } from '../src/sink/sink.ts';
import type { Connection } from '../src/stream/stream-event.ts';
import { WallClock } from '../src/util/wall-clock.ts';

// What an exchange costs from bytes in order to bytes written, on sixteen connections that take turns. What a sink costs
// is the difference to 'observed only'.

const clock = new WallClock(1_790_000_000_000_000_000n, () => 60);
const writer = new OutputWriter({
  descriptor: { fd: fs.openSync('/dev/null', 'w'), mode: 'direct', own: true },
});
const start = { timeNs: 0, version: '0.0.0', targets: [] };
const text = { color: false, unicode: true, raw: false, hex: false, sizeLimitBytes: null, clock } as const;

const sinks: Readonly<Record<string, (write: WriteText) => Sink>> = {
  'observed only': () => ({ write: () => undefined, end: () => undefined }),
  quiet: (write) => createTextSink(write, { ...text, verbosity: 'quiet' }),
  text: (write) => createTextSink(write, { ...text, verbosity: 'normal' }),
  'text in colour': (write) => createTextSink(write, { ...text, verbosity: 'normal', color: true }),
  json: (write) => new JsonSink(write, { clock, start }),
};

const host = 'Host: shop.example\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n';
const alike = Array.from({ length: 1024 }, () => Buffer.from(`GET /hello HTTP/1.1\r\n${host}\r\n`));
const different = Array.from({ length: 65_536 }, (_, i) =>
  Buffer.from(`GET /items/${i}?page=${i % 7} HTTP/1.1\r\n${host}X-Request-Id: ${i}-${i * 7}\r\n\r\n`),
);
const head =
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nDate: Tue, 24 Nov 2026 20:16:00 GMT\r\n';
const answers = {
  '20 B': Buffer.from(`${head}Content-Length: 20\r\n\r\nhello over HTTP/1.1\n`),
  '4 kB of lines': answer('A line of text, as long as lines are.\n'.repeat(108)),
  '4 kB of umlauts': answer('Eine Zeile Text über größere Dinge.\n'.repeat(108)),
};

for (const [name, body] of Object.entries(answers)) {
  summary(() => {
    for (const [sink, create] of Object.entries(sinks))
      measure(`${name}, all alike, ${sink}`, create, alike, body);
  });
}
summary(() => {
  const body = answers['20 B'];
  for (const [sink, create] of Object.entries(sinks))
    measure(`20 B, each different, ${sink}`, create, different, body);
});

await run();

function answer(body: string): Buffer {
  return Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function measure(
  name: string,
  create: (write: WriteText) => Sink,
  requests: readonly Buffer[],
  response: Buffer,
): void {
  const sink = create(writer.writeUtf8);
  let exchangeId = 0;
  const observers = Array.from({ length: 16 }, (_, i) =>
    observeConnection({
      connection: createConnection(i + 1),
      emit: (event) => sink.write(event),
      nextExchangeId: () => (exchangeId += 1),
      bodyLimitBytes: 1 << 20,
    }),
  );
  let turn = 0;
  bench(name, () => {
    turn += 1;
    const observer = observers[turn % observers.length];
    const request = requests[turn % requests.length];
    if (observer === undefined || request === undefined) throw new Error('no request');
    observer.data('read', request, turn * 20_000);
    observer.data('write', response, turn * 20_000 + 15_000);
  });
}

function createConnection(id: number): Connection {
  return {
    id,
    family: 'gotls',
    pid: 812,
    tid: 812,
    comm: 'server',
    exe: '/usr/bin/server',
    role: 'server',
    fd: 7,
    local: { address: '127.0.0.1', port: 443 },
    remote: { address: '127.0.0.1', port: 40_000 + id },
    identityNote: '',
    joinedLate: false,
    openedTimeNs: 0,
    readBytes: 0,
    writtenBytes: 0,
    lostBytes: 0,
    gaps: 0,
  };
}
