import { Buffer } from 'node:buffer';
import { constants, createGzip, deflateRawSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ConnectionObserver } from '../../src/protocol/connection-observer.ts';
import { observeConnection } from '../../src/protocol/observe-connection.ts';
import { createTextSink } from '../../src/sink/create-text-sink.ts';
import { WallClock } from '../../src/util/wall-clock.ts';
import { fakeConnection } from '../support/events.ts';
import { textOutput } from '../support/text-output.ts';

const second = 1e9;

test('server-sent events behind gzip and chunks are seen one by one', async () => {
  const run = new Run();
  run.observer.data('read', Buffer.from('GET /events HTTP/1.1\r\nHost: a.test\r\n\r\n'), 0);
  const head =
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n';
  run.observer.data('write', Buffer.from(head), 1e6);
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  for (let tick = 1; tick <= 4; tick += 1) {
    const part = await flushed(gzip, `data: {"tick":${tick}}\n\n`);
    run.observer.data('write', chunk(part), tick * second);
    run.tick(tick * second + 2e6);
    if (tick > 1) expect(run.output).toMatch(new RegExp(`data: \\{"tick":${tick}\\}\\n\\n?$`));
  }
  gzip.end();
  expect(run.output.match(/"tick":2/g)).toHaveLength(1);
  run.observer.end(5 * second, 'connection ended');
  expect(run.output).toContain('⚠ cut: connection ended');
  expect(run.output).toContain('GET https://a.test/events  HTTP/1.1\n');
});

test('a coded body with a hole shows its beginning and what is missing', () => {
  const run = new Run();
  const body = gzipSync('The quick brown fox. '.repeat(5000), { level: 0 });
  run.observer.data('read', Buffer.from('GET /fox HTTP/1.1\r\nHost: a.test\r\n\r\n'), 0);
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
  run.observer.data('write', Buffer.concat([Buffer.from(head), body.subarray(0, 20_000)]), 1e6);
  run.observer.gap('write', 10_000, 2e6);
  run.observer.data('write', body.subarray(30_000), 3e6);
  run.observer.end(4e6, 'connection ended');
  expect(run.output).toContain('\n    The quick brown fox. The quick');
  expect(run.output).toContain('\n    ⚠ 10,000 bytes lost here\n');
  expect(run.output).toContain('\n    ⚠ what came after the lost bytes cannot be decoded (gzip)\n');
});

test('a coding that nobody knows is not taken for text', () => {
  const run = new Run();
  const body = deflateRawSync(Buffer.from(Array.from({ length: 3000 }, (_, index) => index * index)));
  run.observer.data('read', Buffer.from('GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n'), 0);
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: secret\r\nContent-Length: ${body.length}\r\n\r\n`;
  run.observer.data('write', Buffer.concat([Buffer.from(head), body]), 1e6);
  run.observer.end(2e6, 'connection ended');
  expect(run.output).toMatch(/\n {4}\[text\/html, \d+(\.\d)? k?B\]\n {4}⚠ left encoded: .*secret.*\n/);
});

test('a head that is repeated is printed alike each time, and what differs beside it is not', () => {
  const run = new Run();
  const bodies = ['first', 'other', 'third', '{"a":', 'x\x1byzz', 'fifth'];
  bodies.forEach((body, i) => {
    const ns = (i + 1) * 1e6;
    run.observer.data('read', ask(i === 4 ? '/b' : '/a'), ns);
    run.observer.data('write', answer(body), ns + 0.3e6);
  });
  const blocks = run.output.replaceAll(/^[\d:.]+ /gm, '').split('\n\n');
  const requests = blocks.filter((block) => block.includes('GET '));
  expect(requests).toHaveLength(bodies.length);
  expect(new Set(requests).size).toBe(2);
  expect(requests[4]).toContain('GET https://a.test/b  HTTP/1.1\n');
  expect(requests[5]).toContain('    X-Sign: \\x1b[2J→');
  expect(requests[5]).toContain('GET https://a.test/a  HTTP/1.1\n    Host: a.test\n');
  const answers = blocks.filter((block) => block.includes('200 OK'));
  expect(answers).toHaveLength(bodies.length);
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toMatch(
    /200 OK {2}text\/plain {2}5 B {2}0\.3 ms\n {4}Content-Type: text\/plain\n {4}Content-Length: 5$/,
  );
  const shown = blocks.filter((block) => !block.includes('#1')).map((block) => block.trim());
  expect(shown.filter((block) => block !== '')).toEqual([
    'first',
    'other',
    'third',
    '{"a":',
    'x\\x1byzz',
    'fifth',
  ]);
});

function ask(target: string): Buffer {
  return Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a.test\r\nX-Sign: \x1b[2J→\r\n\r\n`);
}

function answer(body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n`;
  return Buffer.from(`${head}\r\n${body}`);
}

/** An observer of one connection, as the program makes it, and the text that its events become. */
class Run {
  output = '';
  readonly observer: ConnectionObserver;
  readonly tick: (timeNs: number) => void;

  constructor() {
    let exchanges = 0;
    const sink = createTextSink(
      textOutput((text) => {
        this.output += text;
        return true;
      }),
      {
        color: false,
        unicode: true,
        verbosity: 'normal',
        raw: false,
        hex: false,
        sizeLimitBytes: null,
        clock: new WallClock(0n, () => 0),
      },
    );
    this.observer = observeConnection({
      connection: fakeConnection(1),
      emit: (event) => sink.write(event),
      nextExchangeId: () => (exchanges += 1),
      bodyLimitBytes: 1 << 20,
    });
    this.tick = (timeNs) => sink.write({ type: 'tick', timeNs });
  }
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** What the coder gives for the text when it is flushed. */
async function flushed(gzip: ReturnType<typeof createGzip>, text: string): Promise<Buffer> {
  return new Promise((resolve) => {
    gzip.once('data', (first: Buffer) => {
      setImmediate(() => {
        const rest = gzip.read() as Buffer | null;
        resolve(rest === null ? first : Buffer.concat([first, rest]));
      });
    });
    gzip.write(text);
  });
}
