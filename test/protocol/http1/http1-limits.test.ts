import { describe, expect, it } from 'vitest';
import type { ConnectionObserver } from '../../../src/protocol/connection-observer.ts';
import { Http1Observer } from '../../../src/protocol/http1/http1-observer.ts';
import { cutEvery } from '../support/splits.ts';
import { connection, type Step, watch } from '../support/watch.ts';

const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const tooLong: Record<string, { readonly head: string; readonly exchange: string }> = {
  'a head': {
    head: `HTTP/1.1 200 OK\r\n${'X: 1234567890123456789012345678901234567890\r\n'.repeat(6000)}\r\n`,
    exchange: 'GET https://h/a => 200 OK "ok"',
  },
  'a start line': {
    head: `HTTP/1.1 200 ${'O'.repeat(300_000)}\r\n\r\n`,
    exchange: 'GET https://h/a => 200 OK "ok"',
  },
  'the number of fields': {
    head: `HTTP/1.1 200 OK\r\n${'X:\r\n'.repeat(2001)}\r\n`,
    exchange: 'GET https://h/a => 200 OK "ok"',
  },
  'a chunk extension': {
    head: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(20_000)}\r\nhello\r\n`,
    exchange: 'GET https://h/a => 200 OK CUT: broken chunk',
  },
  'a chunk size': {
    head: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'0'.repeat(100)}\r\n`,
    exchange: 'GET https://h/a => 200 OK CUT: broken chunk',
  },
  trailers: {
    head: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'X: 123456789\r\n'.repeat(6000)}\r\n`,
    exchange: 'GET https://h/a => 200 OK CUT: broken chunk',
  },
  'the number of trailers': {
    head: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'X:\r\n'.repeat(2001)}\r\n`,
    exchange: 'GET https://h/a => 200 OK CUT: broken chunk',
  },
};

describe.each(Object.entries(tooLong))('%s beyond the limit', (_name, { head, exchange }) => {
  const steps: Step[] = [
    ['read', get],
    ['write', head],
    ['write', ok],
  ];
  const whole = watch((context) => new Http1Observer(context), steps);

  it('is data, and the next message is found', () => {
    expect(whole.exchanges[0]).toBe(exchange);
    const withoutStart = /chunked\r\n\r\n/.exec(head);
    const lost = head.slice(withoutStart === null ? 0 : withoutStart.index + withoutStart[0].length);
    expect(whole.data.map((piece) => piece.length > lost.length - 20)).toEqual([true]);
    expect(whole.exchanges.at(-1)).toContain('200 OK "ok"');
  });

  it.each([1000, 4096, 65_537])('the same in pieces of %i', (lengthBytes) => {
    const cut = steps.flatMap((step) => cutEvery(step, lengthBytes));
    const watched = watch((context) => new Http1Observer(context), cut);
    expect(watched.exchanges).toEqual(whole.exchanges);
    expect(watched.data).toEqual(whole.data);
  });
});

describe('what is kept is bounded', () => {
  it('requests that nobody answers, and the answers after all', () => {
    const seen: string[] = [];
    const observer = observe((id, line) => seen.push(`${id} ${line}`));
    const count = 5000;
    for (let i = 0; i < count; i += 1)
      observer.data('read', Buffer.from(`GET /${i} HTTP/1.1\r\nHost: h\r\n\r\n`), 0);
    const givenUp = seen.length;
    expect(givenUp).toBeGreaterThan(count - 600);
    for (let i = 0; i < count; i += 1)
      observer.data('write', Buffer.from(`HTTP/1.1 200 ${i}\r\nContent-Length: 0\r\n\r\n`), 0);
    observer.end(0, 'connection ended');
    const paired = seen.slice(givenUp).filter((line) => !line.includes('null'));
    expect(paired).toHaveLength(count - givenUp);
    for (const line of paired) {
      const [, url, phrase] = /https:\/\/h\/(\d+) (\d+)$/.exec(line) ?? [];
      expect(url).toBe(phrase);
    }
  });

  it('bodies of requests that nobody answers', () => {
    let ended = 0;
    const observer = observe(() => (ended += 1));
    const post = Buffer.concat([
      Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n'),
      Buffer.alloc(100_000),
    ]);
    for (let sent = 1; sent <= 3000; sent += 1) {
      observer.data('read', post, 0);
      expect(sent - ended).toBeLessThanOrEqual(32);
    }
    observer.end(0, 'connection ended');
  });

  it('interim responses without end', () => {
    const observer = observe(() => undefined);
    observer.data('read', Buffer.from(get), 0);
    for (let i = 0; i < 20_000; i += 1)
      observer.data('write', Buffer.from('HTTP/1.1 102 Processing\r\n\r\n'), 0);
    observer.data('write', Buffer.from(ok), 0);
    observer.end(0, 'connection ended');
  });

  it('bytes that are no HTTP take linear time, whatever they look like', () => {
    const hostile = [
      'HTTP/1.1 200 ',
      'GET / HTTP/1.1\r\nA:b\r\n',
      'GET / HTTP/1.1\n',
      'G',
      'HTTP/1.1 200 OK\r\nA',
      'HTTP/1.1 099 OK\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET  ',
      'A: b\n',
    ];
    for (const text of hostile) {
      const bytes = Buffer.from(text.repeat(Math.ceil(1_000_000 / text.length)));
      const observer = observe(() => undefined);
      const started = process.cpuUsage();
      observer.gap('read', 1, 0);
      observer.data('read', bytes, 0);
      observer.data('write', bytes, 0);
      observer.end(0, 'connection ended');
      expect(process.cpuUsage(started).user, text).toBeLessThan(3_000_000);
    }
  });
});

function observe(onExchange: (id: number, line: string) => void): ConnectionObserver {
  let id = 0;
  return new Http1Observer({
    connection: connection(),
    emit: (event) => {
      if (event.type !== 'exchange') return;
      const { request, response } = event.exchange;
      onExchange(event.exchange.id, `${request?.url ?? null} ${response?.reasonPhrase ?? null}`);
    },
    nextExchangeId: () => (id += 1),
    bodyLimitBytes: 100_000,
  });
}

it('when only the capture ends, a body that lasts until its connection does is not complete', () => {
  const steps: Step[] = [
    ['read', get],
    ['write', 'HTTP/1.1 200 OK\r\n\r\nall of '],
  ];
  const { exchanges } = watch((context) => new Http1Observer(context), steps, { endReason: 'capture ended' });
  expect(exchanges).toEqual(['GET https://h/a => 200 OK "all of " CUT: capture ended']);
});
