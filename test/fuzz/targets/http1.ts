import { Http1Observer } from '../../../src/protocol/http1/http1-observer.ts';
import { watch } from '../../protocol/support/watch.ts';
import type { Random } from '../../support/random.ts';
import { cutSteps, decodeConversation, encodeConversation } from '../conversation.ts';
import { expectSame } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

export const http1: FuzzTarget = {
  name: 'http1',
  description: 'both directions of an HTTP/1 connection, in any pieces',
  corpus: () => conversations,
  tokens: [
    ...[
      'GET / HTTP/1.1\r\n',
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.0 404 x\n',
      'PRI * HTTP/2.0\r\n',
      'CONNECT a:1 HTTP/1.1\r\n',
    ],
    ...[
      'Content-Length: 5\r\n',
      'Content-Length: 99999999999\r\n',
      'Transfer-Encoding: chunked\r\n',
      '\r\n\r\n',
      '\n\n',
    ],
    ...[
      'Connection: close\r\n',
      'Upgrade: websocket\r\n',
      '0\r\n\r\n',
      '5\r\nhello\r\n',
      'Expect: 100-continue\r\n',
      '\x1e\x60',
      '\x1e\x61',
    ],
    ...[
      '\x1e\x62\x05',
      '\x1e\x63\xff',
      'HTTP/1.1 101 x\r\n\r\n',
      'Content-Encoding: gzip\r\n',
      ' folded\r\n',
      '\x00',
    ],
  ],
  mostInputBytes: 8192,
  check,
};

/** The decoding of chunks alone: everything before it is given. */
export const chunked: FuzzTarget = {
  name: 'chunked',
  description: 'the body of an HTTP/1 response in chunks, with trailers',
  corpus: () =>
    [
      '5\r\nhello\r\n0\r\n\r\n',
      '1;a=b\r\nx\r\nA\r\n0123456789\r\n0\r\nT: v\r\nU: w\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ].map((body) => Buffer.from(body)),
  tokens: [
    '\r\n',
    '0\r\n\r\n',
    'ffffffffffffffff',
    ';name="va\r\nlue"',
    'X: y\r\n',
    '\n',
    '\r',
    '-1\r\n',
    '0x5\r\n',
    ' 5 \r\n',
    '\x1e\x63\x03',
  ],
  mostInputBytes: 4096,
  check: (input, random) => {
    const head = Buffer.from('\x1e\x61HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'latin1');
    return check(Buffer.concat([Buffer.of(0), head, input]), random);
  },
};

function check(input: Buffer, random: Random): string {
  const { role, joinedLate, steps } = decodeConversation(input);
  const options = { role, joinedLate, bodyLimitBytes: random.pick([0, 3, 1000]) };
  const whole = watch((context) => new Http1Observer(context), steps, options);
  const cut = watch((context) => new Http1Observer(context), cutSteps(steps, random), options);
  expectSame('exchanges', cut.exchanges, whole.exchanges);
  expectSame('unrecognised', [...cut.data].sort(), [...whole.data].sort());
  expectSame('events', cut.events, whole.events);
  return `${Math.min(whole.exchanges.length, 3)} exchanges${whole.data.length > 0 ? ', rest' : ''}`;
}

const request = 'GET /a?b=c HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n';
const post = 'POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello';
const sized = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world';
const inChunks =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n5;x=1\r\npedia\r\n0\r\nT: v\r\n\r\n';
const conversations = [
  encodeConversation([
    ['read', request],
    ['write', sized],
  ]),
  encodeConversation(
    [
      ['read', request + request],
      ['write', sized + inChunks],
    ],
    2,
  ),
  encodeConversation(
    [
      ['write', post],
      ['read', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['read', sized],
    ],
    1,
  ),
  encodeConversation([
    ['write', 'HTTP/1.0 200 OK\r\n\r\nuntil close'],
    ['read', request],
  ]),
  encodeConversation([
    ['read', 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
    ['write', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello'],
  ]),
  encodeConversation(
    [
      ['read', request],
      ['write', sized.slice(0, 70)],
      ['write', 'gap', 6],
      ['write', sized.slice(76) + sized],
    ],
    0x82,
  ),
  encodeConversation(
    [
      ['read', 'HEAD / HTTP/1.1\r\n\r\n'],
      ['write', 'HTTP/1.1 204 No Content\r\n\r\n' + inChunks],
      ['read', post],
    ],
    0x80,
  ),
];
