import { describe, expect, it } from 'vitest';
import { Http1Observer } from '../../../src/protocol/http1/http1-observer.ts';
import { cutEvery } from '../support/splits.ts';
import { connection, type Step, watch, type WatchOptions } from '../support/watch.ts';

interface Case extends WatchOptions {
  readonly steps: readonly Step[];
  readonly exchanges: readonly string[];
  readonly data?: readonly string[];
}

const get = (path: string) => `GET /${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const gap = (direction: 'read' | 'write', lengthBytes: number | null): Step => [
  direction,
  'gap',
  lengthBytes,
];

const cases: Record<string, Case> = {
  'inside a sized body: the message goes on': {
    steps: [
      ['read', `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc`],
      gap('read', 4),
      ['read', `hij${get('b')}`],
      ['write', ok('1') + ok('2')],
    ],
    exchanges: ['POST https://h/a "abchij" hole 3+4 => 200 OK "1" gaps=1', 'GET https://h/b => 200 OK "2"'],
  },
  'the end of a sized body: the next message is in its place': {
    steps: [
      ['read', `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc`],
      gap('read', 7),
      ['read', get('b')],
      ['write', ok('1') + ok('2')],
    ],
    exchanges: ['POST https://h/a "abc" hole 3+7 => 200 OK "1" gaps=1', 'GET https://h/b => 200 OK "2"'],
  },
  'beyond a sized body: unknown requests are in it': {
    steps: [
      ['read', `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc`],
      gap('read', 8),
      ['read', `X: 1\r\n\r\n${get('b')}`],
      ['write', ok('1') + ok('2') + ok('3')],
    ],
    exchanges: [
      'GET https://h/b => ? gaps=1',
      'POST https://h/a "abc" hole 3+7 => 200 OK "1" gaps=1',
      '? => 200 OK "2" gaps=1',
      '? => 200 OK "3" gaps=1',
    ],
    data: ['read 60:X: 1\r\n\r\n'],
  },
  'beyond a sized body, up to the next message': {
    steps: [
      ['read', `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc`],
      gap('read', 7 + get('b').length),
      ['read', get('c')],
      ['write', ok('1') + ok('2') + ok('3')],
    ],
    exchanges: [
      'GET https://h/c => ? gaps=1',
      'POST https://h/a "abc" hole 3+7 => 200 OK "1" gaps=1',
      '? => 200 OK "2" gaps=1',
      '? => 200 OK "3" gaps=1',
    ],
  },
  'after an interim response: the final one is still its own': {
    steps: [
      ['read', get('a')],
      ['write', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
      gap('write', 10),
      ['write', ok('1')],
      ['read', get('b')],
      ['write', ok('2')],
    ],
    exchanges: ['GET https://h/a => 200 OK "1" after 103', 'GET https://h/b => 200 OK "2"'],
  },
  'what only looks like a head is data': {
    steps: [
      ['read', get('a')],
      gap('write', 10),
      [
        'write',
        'HTTP/1.1 200 OK\r\nwas logged\nHTTP/1.1 2000 \nHTTP/2.0 200 OK\r\n\r\nHTTP/1.1 200 OK\x01\r\n\r\n',
      ],
      ['write', ok('1')],
      gap('read', 10),
      [
        'read',
        'GET this HTTP/1.1\r\n\r\nGET / HTTP/1.1 or so\r\n\r\nget / HTTP/1.1\r\n\r\nsee GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nlogged\r\n',
      ],
    ],
    exchanges: ['GET https://h/a => 200 OK "1"'],
    data: [
      'write 10:HTTP/1.1 200 OK\r\nwas logged\nHTTP/1.1 2000 \nHTTP/2.0 200 OK\r\n\r\nHTTP/1.1 200 OK\x01\r\n\r\n',
      'read 38:GET this HTTP/1.1\r\n\r\nGET / HTTP/1.1 or so\r\n\r\nget / HTTP/1.1\r\n\r\nsee GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nlogged\r\n',
    ],
  },
  'of unknown length in a sized body': {
    steps: [
      ['read', get('a')],
      ['write', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
      gap('write', null),
      ['write', `xyz${ok('2')}`],
    ],
    exchanges: ['GET https://h/a => 200 OK "abc" CUT: lost bytes gaps=1', '? => 200 OK "2" gaps=1'],
    data: ['write 42:xyz'],
  },
  'inside a chunk': {
    steps: [
      ['read', get('a')],
      ['write', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc'],
      gap('write', 4),
      ['write', 'hij\r\n3\r\nxyz\r\n0\r\n\r\n'],
    ],
    exchanges: ['GET https://h/a => 200 OK "abchijxyz" hole 3+4 gaps=1'],
  },
  'the end of a chunk': {
    steps: [
      ['read', get('a')],
      ['write', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc'],
      gap('write', 7),
      ['write', '\r\n3\r\nxyz\r\n0\r\n\r\n'],
    ],
    exchanges: ['GET https://h/a => 200 OK "abcxyz" hole 3+7 gaps=1'],
  },
  'beyond a chunk: cut': {
    steps: [
      ['read', get('a')],
      ['write', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc'],
      gap('write', 9),
      ['write', '3\r\nxyz\r\n0\r\n\r\n'],
    ],
    exchanges: ['GET https://h/a => 200 OK "abc" CUT: lost bytes gaps=1'],
    data: ['write 62:3\r\nxyz\r\n0\r\n\r\n'],
  },
  'in a body that lasts until the end': {
    steps: [
      ['read', get('a')],
      ['write', 'HTTP/1.1 200 OK\r\n\r\nabc'],
      gap('write', 4),
      ['write', 'hij'],
      gap('write', null),
    ],
    exchanges: ['GET https://h/a => 200 OK "abchij" hole 3+4 hole 10+? gaps=2'],
  },
  'in a head: its beginning is data, the rest too': {
    steps: [['read', 'GET /a HTTP/1.1\r\nHo'], gap('read', 5), ['read', `Y: 1\r\n\r\n${get('b')}`]],
    exchanges: ['GET https://h/b => ? gaps=1'],
    data: ['read 0:GET /a HTTP/1.1\r\nHo', 'read 24:Y: 1\r\n\r\n'],
  },
  'resynchronises behind a body without a line feed at its end': {
    steps: [
      ['read', get('a')],
      ['write', ok('1')],
      gap('write', 9),
      ['write', `{"x":1}${ok('2')}`],
      ['read', get('b')],
      ['write', ok('3')],
    ],
    exchanges: ['GET https://h/a => 200 OK "1"', '? => 200 OK "2" gaps=1', 'GET https://h/b => 200 OK "3"'],
    data: ['write 48:{"x":1}'],
  },
  'lost answers, one request open: it can only be its answer': {
    steps: [
      ['read', get('a')],
      gap('write', 100),
      ['write', ok('1')],
      ['read', get('b')],
      ['write', ok('2')],
    ],
    exchanges: ['GET https://h/a => 200 OK "1"', 'GET https://h/b => 200 OK "2"'],
  },
  'lost answers, several requests open: whose is it?': {
    steps: [['read', get('a') + get('b') + get('c')], gap('write', 100), ['write', ok('?') + ok('?')]],
    exchanges: [
      'GET https://h/a => ? gaps=1',
      'GET https://h/b => ? gaps=1',
      'GET https://h/c => ? gaps=1',
      '? => 200 OK "?" gaps=1',
      '? => 200 OK "?" gaps=1',
    ],
  },
  'lost answers: certain again when all that can be open are answered': {
    steps: [
      ['read', get('a') + get('b')],
      gap('write', 100),
      ['write', ok('?') + ok('?')],
      ['read', get('c')],
      ['write', ok('c')],
    ],
    exchanges: [
      'GET https://h/a => ? gaps=1',
      'GET https://h/b => ? gaps=1',
      '? => 200 OK "?" gaps=1',
      '? => 200 OK "?" gaps=1',
      'GET https://h/c => 200 OK "c"',
    ],
  },
  'lost requests: those before are answered first': {
    steps: [['read', get('a')], gap('read', 100), ['read', get('c')], ['write', ok('a') + ok('b') + ok('c')]],
    exchanges: [
      'GET https://h/c => ? gaps=1',
      'GET https://h/a => 200 OK "a"',
      '? => 200 OK "b" gaps=1',
      '? => 200 OK "c" gaps=1',
    ],
  },
  'an answer to an unknown request may have no body': {
    steps: [gap('read', 50), ['write', `HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n${ok('x')}`]],
    exchanges: ['? => 200 OK gaps=1', '? => 200 OK "x" gaps=1'],
  },
  'an answer to an unknown request with a body that only begins alike': {
    steps: [gap('read', 50), ['write', ok('HTTP/2 is it') + ok('HTT')]],
    exchanges: ['? => 200 OK "HTTP/2 is it" gaps=1', '? => 200 OK "HTT" gaps=1'],
  },
  'in a protocol that was switched to': {
    steps: [
      ['read', get('ws')],
      ['write', 'HTTP/1.1 101 Switching Protocols\r\n\r\nabc'],
      gap('write', 5),
      ['write', `def${ok('1')}`],
    ],
    exchanges: ['GET https://h/ws => 101 Switching Protocols'],
    data: ['write 36:abc', `write 44:def${ok('1')}`],
  },
  'role unknown, from the first byte': {
    steps: [gap('read', null), ['read', `tail\r\n${get('b')}`], ['write', ok('?')]],
    exchanges: ['GET https://h/b => ? gaps=1', '? => 200 OK "?" gaps=1'],
    data: ['read 0:tail\r\n'],
  },
  'joined late, in the middle of both bodies': {
    joinedLate: true,
    role: 'server',
    steps: [
      gap('read', null),
      ['read', 'rest of an upload'],
      gap('write', null),
      ['write', `rest of {"x":1}${ok('?')}`],
      ['read', `\r\n${get('b')}`],
      ['write', ok('b')],
    ],
    exchanges: ['? => 200 OK "?" joined-late', 'GET https://h/b => 200 OK "b"'],
    data: ['read 0:rest of an upload\r\n', 'write 0:rest of {"x":1}'],
  },
  'joined late, between messages': {
    joinedLate: true,
    role: 'client',
    steps: [
      ['write', get('a')],
      ['read', ok('a')],
    ],
    exchanges: ['GET https://h/a => 200 OK "a"'],
  },
  'joined late, role unknown': {
    joinedLate: true,
    steps: [
      ['read', `x${ok('?')}`],
      ['write', get('a')],
      ['read', ok('a')],
    ],
    exchanges: ['? => 200 OK "?" joined-late', 'GET https://h/a => 200 OK "a"'],
    data: ['read 0:x'],
  },
  'joined late by a client that pipelines: nothing is certain': {
    joinedLate: true,
    role: 'server',
    steps: [
      ['read', get('c')],
      ['read', get('d')],
      ['write', ok('a') + ok('b') + ok('c')],
    ],
    exchanges: [
      'GET https://h/c => ? gaps=1',
      'GET https://h/d => ? gaps=1',
      '? => 200 OK "a" gaps=1',
      '? => 200 OK "b" gaps=1',
      '? => 200 OK "c" gaps=1',
    ],
  },
  'joined late while an answer to something else is under way': {
    joinedLate: true,
    role: 'server',
    steps: [
      ['read', get('c')],
      ['write', `rest${ok('b')}${ok('c')}`],
    ],
    exchanges: ['GET https://h/c => ? gaps=1', '? => 200 OK "b" gaps=1', '? => 200 OK "c" gaps=1'],
    data: ['write 0:rest'],
  },
};

describe.each(Object.entries(cases))('%s', (_name, { steps, exchanges, data = [], ...options }) => {
  it.each([1, 2, 7, 1000])('in pieces of %i', (lengthBytes) => {
    const cut = steps.flatMap((step) => cutEvery(step, lengthBytes));
    const watched = watch((context) => new Http1Observer(context), cut, options);
    expect([...watched.exchanges].sort()).toEqual([...exchanges].sort());
    expect([...watched.data].sort()).toEqual([...data].sort());
  });
});

describe('a client that waits for every answer', () => {
  const lossOfRequest: Step[] = [
    ['read', get('0')],
    ['write', ok('0')],
    gap('read', 40),
    ['write', ok('lost')],
  ];

  it('is believed after eight times', () => {
    const turns = Array.from({ length: 12 }, (_, i): Step[] => [
      ['read', get(`${i}`)],
      ['write', ok(`${i}`)],
    ]);
    const { exchanges } = watch((context) => new Http1Observer(context), [...lossOfRequest, ...turns.flat()]);
    expect(exchanges.filter((line) => line.startsWith('GET')).map((line) => line.includes('200'))).toEqual([
      true,
      ...Array.from({ length: 8 }, () => false),
      ...Array.from({ length: 4 }, () => true),
    ]);
  });

  it('is not when it ever sends two', () => {
    const turns = Array.from({ length: 12 }, (_, i): Step[] =>
      i === 5
        ? [
            ['read', get('x') + get('y')],
            ['write', ok('x') + ok('y')],
          ]
        : [
            ['read', get(`${i}`)],
            ['write', ok(`${i}`)],
          ],
    );
    const { exchanges } = watch((context) => new Http1Observer(context), [...lossOfRequest, ...turns.flat()]);
    expect(exchanges.filter((line) => line.startsWith('GET') && line.includes('200'))).toHaveLength(1);
  });

  it('is believed after five silent seconds', () => {
    expect(pairsAfterSilence(4.9e9)).toEqual(['alone', 'alone', 'alone', 'alone']);
    expect(pairsAfterSilence(5e9)).toEqual(['alone', 'alone', 'paired']);
  });
});

/** Whether requests and answers came out paired: one of each after a loss, one of each after some silence. */
function pairsAfterSilence(quietNs: number): string[] {
  const events: string[] = [];
  let id = 0;
  const observer = new Http1Observer({
    connection: connection(),
    emit: (event) => {
      if (event.type === 'exchange') {
        const { request, response } = event.exchange;
        events.push(request === null || response === null ? 'alone' : 'paired');
      }
    },
    nextExchangeId: () => (id += 1),
    bodyLimitBytes: 100,
  });
  observer.gap('read', 10, 0);
  observer.data('read', Buffer.from(get('a')), 1e9);
  observer.data('write', Buffer.from(ok('a')), 1.1e9);
  observer.data('read', Buffer.from(get('b')), 1.1e9 + quietNs);
  observer.data('write', Buffer.from(ok('b')), 1.2e9 + quietNs);
  observer.end(9e9, 'connection ended');
  return events;
}
