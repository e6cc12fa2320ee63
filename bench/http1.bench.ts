import { bench, run, summary } from 'mitata';
import type { Direction } from '../src/event/event.ts';
import type { ObserverContext } from '../src/protocol/connection-observer.ts';
import { Http1Observer } from '../src/protocol/http1/http1-observer.ts';
import type { Connection } from '../src/stream/stream-event.ts';

// What observing HTTP/1 costs, from bytes in order to protocol events.

const connection: Connection = {
  id: 1,
  family: 'gotls',
  pid: 1,
  tid: 1,
  comm: 'server',
  exe: '/usr/bin/server',
  role: 'server',
  fd: null,
  local: null,
  remote: null,
  identityNote: '',
  joinedLate: false,
  openedTimeNs: 0,
  readBytes: 0,
  writtenBytes: 0,
  lostBytes: 0,
  gaps: 0,
};

let events = 0;
let exchangeId = 0;
const context: ObserverContext = {
  connection,
  emit: () => (events += 1),
  nextExchangeId: () => (exchangeId += 1),
  bodyLimitBytes: 1 << 20,
};

const request = Buffer.from(
  'GET /tlstap-bar HTTP/1.1\r\nHost: localhost:4433\r\nUser-Agent: wrk/4.1.0\r\nAccept: */*\r\n\r\n',
);
const response = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nServer: Caddy\r\nDate: Tue, 24 Nov 2026 20:16:00 GMT\r\nContent-Length: 18\r\n\r\nhello from the bar',
);
const browserRequest = Buffer.from(
  `GET /assets/app.js?v=3 HTTP/1.1\r\nHost: shop.example\r\n${Array.from({ length: 14 }, (_, i) => `X-Field-${i}: some value of usual length ${i}\r\n`).join('')}\r\n`,
);

summary(() => {
  const small = new Http1Observer(context);
  bench('exchange, small (88 B asked, 159 B answered)', () => {
    small.data('read', request, 0);
    small.data('write', response, 0);
  });

  const browser = new Http1Observer(context);
  bench('exchange, 15 fields asked', () => {
    browser.data('read', browserRequest, 0);
    browser.data('write', response, 0);
  });

  const split = new Http1Observer(context);
  const halves: [Direction, Buffer][] = [
    ['read', request.subarray(0, 40)],
    ['read', request.subarray(40)],
    ['write', response.subarray(0, 60)],
    ['write', response.subarray(60)],
  ];
  bench('exchange, small, each message in two pieces', () => {
    for (const [direction, bytes] of halves) split.data(direction, bytes, 0);
  });
});

const piece = Buffer.alloc(16_384, 'x');
const pieces = 1024;
const bodyBytes = piece.length * pieces;
const chunk = Buffer.concat([Buffer.from('4000\r\n'), piece, Buffer.from('\r\n')]);

summary(() => {
  const sized = new Http1Observer(context);
  const sizedHead = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bodyBytes}\r\n\r\n`);
  bench('body of 16 MiB, sized, in records of 16 KiB', () => {
    sized.data('read', request, 0);
    sized.data('write', sizedHead, 0);
    for (let i = 0; i < pieces; i += 1) sized.data('write', piece, 0);
  });

  const kept = new Http1Observer({ ...context, bodyLimitBytes: bodyBytes });
  bench('body of 16 MiB, sized, all of it kept', () => {
    kept.data('read', request, 0);
    kept.data('write', sizedHead, 0);
    for (let i = 0; i < pieces; i += 1) kept.data('write', piece, 0);
  });

  const chunked = new Http1Observer(context);
  bench('body of 16 MiB, chunked', () => {
    chunked.data('read', request, 0);
    chunked.data('write', Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), 0);
    for (let i = 0; i < pieces; i += 1) chunked.data('write', chunk, 0);
    chunked.data('write', Buffer.from('0\r\n\r\n'), 0);
  });
});

summary(() => {
  const lost = new Http1Observer({ ...context, connection: { ...connection, joinedLate: true } });
  const page = Buffer.from('<p>Here and there a line of HTML with a few words</p>\n'.repeat(20_000));
  bench('1 MiB of text, looking for the next answer', () => {
    lost.data('write', page, 0);
  });
});

await run();
if (events === 0) throw new Error('nothing was observed');
