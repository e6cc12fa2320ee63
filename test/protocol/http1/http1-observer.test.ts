import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Http1Observer } from '../../../src/protocol/http1/http1-observer.ts';
import { splits } from '../support/splits.ts';
import { type Step, watch, type WatchOptions } from '../support/watch.ts';

interface Case extends WatchOptions {
  readonly steps: readonly Step[];
  readonly exchanges: readonly string[];
  readonly data?: readonly string[];
}

const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const gzipped = zlib.gzipSync('zipped text').toString('latin1');
const getOk = 'GET https://h/a => 200 OK "ok"';

const cases: Record<string, Case> = {
  'a request and its answer': {
    steps: [
      ['read', get],
      ['write', ok],
    ],
    exchanges: [getOk],
  },
  'the same, from the client': {
    steps: [
      ['write', get],
      ['read', ok],
    ],
    exchanges: [getOk],
  },
  'fields: order, case, white space, repeated, empty': {
    steps: [
      ['read', 'GET /a HTTP/1.1\r\nHost:h\r\nB:  x y \t\r\na: 1\r\nA: 2\r\nEmpty:\r\n\r\n'],
      ['write', ok],
    ],
    exchanges: ['GET https://h/a {B: x y} {a: 1} {A: 2} {Empty: } => 200 OK "ok"'],
  },
  'sized bodies both ways': {
    steps: [
      ['read', 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'],
      ['write', 'HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nyes'],
    ],
    exchanges: ['POST https://h/a "hello" => 201 Created "yes"'],
  },
  'chunked with extensions and trailers, both ways': {
    steps: [
      [
        'read',
        'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x="y"\r\nhello\r\n0006 \r\n world\r\n0\r\nSum: 1\r\nB: 2\r\n\r\n',
      ],
      [
        'write',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\na;b\r\nabcdefghij\r\n000\r\n\r\n',
      ],
    ],
    exchanges: ['POST https://h/a "hello world" {Sum: 1} {B: 2} => 200 OK "0123456789abcdefghij"'],
  },
  'keep-alive': {
    steps: [
      ['read', get],
      ['write', ok],
      ['read', get],
      ['write', ok],
    ],
    exchanges: [getOk, getOk],
  },
  'pipelined, in one piece each way': {
    steps: [
      [
        'read',
        'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPUT /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxyHEAD /3 HTTP/1.1\r\nHost: h\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n',
      ],
      [
        'write',
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n4',
      ],
    ],
    exchanges: [
      'GET https://h/1 => 200 OK "1"',
      'PUT https://h/2 "xy" => 204 No Content',
      'HEAD https://h/3 => 200 OK',
      'GET https://h/4 => 404 Not Found "4"',
    ],
  },
  'HEAD: lengths of a body that is not there': {
    steps: [
      ['read', 'HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n'],
      ['write', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['read', 'HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n'],
      ['write', 'HTTP/1.1 200 OK\r\n\r\n'],
      ['read', get],
      ['write', ok],
    ],
    exchanges: ['HEAD https://h/a => 200 OK', 'HEAD https://h/a => 200 OK', getOk],
  },
  '304 with Content-Length, 204 with anything': {
    steps: [
      ['read', get],
      ['write', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: "x"\r\n\r\n'],
      ['read', get],
      ['write', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['read', get],
      ['write', ok],
    ],
    exchanges: [
      'GET https://h/a => 304 Not Modified {ETag: "x"}',
      'GET https://h/a => 204 No Content',
      getOk,
    ],
  },
  'interim responses before the final one': {
    steps: [
      ['read', 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n'],
      ['write', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['read', 'hi'],
      [
        'write',
        `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n${ok}`,
      ],
      ['read', get],
      ['write', ok],
    ],
    exchanges: [
      'POST https://h/a {Expect: 100-continue} "hi" => 200 OK "ok" after 100 after 103 after 102',
      getOk,
    ],
  },
  'a switch to WebSocket: messages follow, and what is none is data': {
    steps: [
      ['read', 'GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n'],
      ['write', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi'],
      ['read', '\x81\x82abcd\x09\x08'],
      ['write', 'HTTP/1.1 200 OK\r\n\r\n'],
    ],
    exchanges: ['GET https://h/ws {Upgrade: websocket} => 101 Switching Protocols {Upgrade: websocket}'],
    data: ['write 60:HTTP/1.1 200 OK\r\n\r\n'],
  },
  'a switch that is refused goes on as HTTP': {
    steps: [
      ['read', 'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
      ['write', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno'],
      ['read', get],
      ['write', ok],
    ],
    exchanges: ['GET https://h/ws {Connection: Upgrade} {Upgrade: websocket} => 400 Bad Request "no"', getOk],
  },
  'CONNECT accepted': {
    steps: [
      ['write', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
      ['read', 'HTTP/1.1 200 Connection established\r\nContent-Length: 3\r\n\r\nbanner'],
      ['write', '\x16\x03\x01'],
    ],
    exchanges: ['CONNECT example.com:443 => 200 Connection established'],
    data: ['read 58:banner', 'write 59:\x16\x03\x01'],
  },
  'CONNECT refused': {
    steps: [
      ['write', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
      ['read', 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno'],
      ['write', get],
      ['read', ok],
    ],
    exchanges: ['CONNECT example.com:443 => 407 Proxy Authentication Required "no"', getOk],
  },
  'a body that lasts until the connection ends': {
    steps: [
      ['read', get],
      ['write', 'HTTP/1.1 200 OK\r\n\r\nall of '],
      ['write', 'it'],
    ],
    exchanges: ['GET https://h/a => 200 OK "all of it"'],
  },
  'HTTP/1.0, without Host': {
    steps: [
      ['read', 'GET /old HTTP/1.0\r\n\r\n'],
      ['write', 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\nbody'],
    ],
    exchanges: ['GET /old http/1.0 => 200 OK http/1.0 {Server: x} "body"'],
  },
  'methods that nobody registered': {
    steps: [
      [
        'read',
        'QUERY /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nqx-my.method!1 /b HTTP/1.1\r\nHost: h\r\n\r\n',
      ],
      ['write', ok + ok],
    ],
    exchanges: ['QUERY https://h/a "q" => 200 OK "ok"', 'x-my.method!1 https://h/b => 200 OK "ok"'],
  },
  'bare line feeds': {
    steps: [
      ['read', 'POST /a HTTP/1.1\nHost: h\nContent-Length: 2\n\nhi'],
      ['write', 'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\nT: 1\n\n'],
    ],
    exchanges: ['POST https://h/a "hi" => 200 OK "ok" {T: 1}'],
  },
  'folded fields': {
    steps: [
      ['read', 'GET /a HTTP/1.1\r\nHost: h\r\nX: one\r\n  two\r\n\tthree\r\n\r\n'],
      ['write', ok],
    ],
    exchanges: ['GET https://h/a {X: one two three} => 200 OK "ok"'],
  },
  'raw spaces in the target, more blanks than needed': {
    steps: [
      ['read', 'GET /a b c?d=e f HTTP/1.1\r\nHost: h\r\n\r\nGET  /a\t HTTP/1.1 \r\nHost: h\r\n\r\n'],
      ['write', ok + ok],
    ],
    exchanges: ['GET https://h/a b c?d=e f => 200 OK "ok"', getOk],
  },
  'targets: absolute, asterisk': {
    steps: [
      ['read', 'GET http://other/x HTTP/1.1\r\nHost: h\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: h:8443\r\n\r\n'],
      ['write', ok + ok],
    ],
    exchanges: ['GET http://other/x => 200 OK "ok"', 'OPTIONS https://h:8443 => 200 OK "ok"'],
  },
  'empty lines before a request and an answer': {
    steps: [
      ['read', `\r\n\n\r\n${get}\r\n`],
      ['write', `\r\n${ok}\r\n`],
      ['read', get],
      ['write', ok],
    ],
    exchanges: [getOk, getOk],
  },
  'gzip as content coding': {
    steps: [
      ['read', get],
      [
        'write',
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipped.length}\r\n\r\n${gzipped}`,
      ],
    ],
    exchanges: ['GET https://h/a => 200 OK "zipped text" (gzip)'],
  },
  'gzip as transfer coding under chunked, and the next message': {
    steps: [
      ['read', get + get],
      [
        'write',
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${gzipped.length.toString(16)}\r\n${gzipped}\r\n0\r\n\r\n${ok}`,
      ],
    ],
    exchanges: ['GET https://h/a => 200 OK "zipped text" (gzip)', getOk],
  },
  'gzip as transfer coding alone: until the end': {
    steps: [
      ['read', get],
      ['write', `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n${gzipped}`],
    ],
    exchanges: ['GET https://h/a => 200 OK "zipped text" (gzip)'],
  },
  'Transfer-Encoding wins over Content-Length, in either order': {
    steps: [
      [
        'read',
        'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
      ],
      [
        'write',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 300\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      ],
    ],
    exchanges: ['POST https://h/a "hi" => 200 OK "ok"'],
  },
  'identity is no transfer coding': {
    steps: [
      ['read', get + get],
      ['write', `HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok${ok}`],
    ],
    exchanges: [getOk, getOk],
  },
  'equal Content-Lengths count as one': {
    steps: [
      ['read', get + get],
      ['write', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 02\r\n\r\nok${ok}`],
    ],
    exchanges: [getOk, getOk],
  },
  'conflicting Content-Lengths are said, not guessed at': {
    steps: [
      ['read', get],
      ['write', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ],
    exchanges: ['GET https://h/a => 200 OK CUT: conflicting Content-Length'],
    data: ['write 57:abc'],
  },
  'framing that nobody can know, of requests': {
    steps: [
      ['read', 'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\nabc'],
      ['write', ok],
    ],
    exchanges: ['POST https://h/a CUT: transfer coding without chunked => 200 OK "ok"'],
    data: ['read 54:abc'],
  },
  'an answer before the request is complete': {
    steps: [
      ['read', 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc'],
      ['write', ok],
      ['read', 'def'],
      ['read', get],
      ['write', ok],
    ],
    exchanges: ['POST https://h/a "abcdef" => 200 OK "ok"', getOk],
  },
  'an answer that nobody asked for': {
    steps: [['write', 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n']],
    exchanges: ['? => 408 Request Timeout'],
  },
  'a status line without a phrase': {
    steps: [
      ['read', get + get],
      ['write', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\nHTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n'],
    ],
    exchanges: ['GET https://h/a => 200', 'GET https://h/a => 599'],
  },
  'values that are not ASCII': {
    steps: [
      ['read', 'GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\nU: \xc3\xa4\r\nL: \xe4\r\n\r\n'],
      ['write', ok],
    ],
    exchanges: ['GET https://h/ä {U: ä} {L: {"base64":"5A=="}} => 200 OK "ok"'],
  },
  'a field line without a colon is kept': {
    steps: [
      ['read', 'GET /a HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n'],
      ['write', ok],
    ],
    exchanges: ['GET https://h/a {nonsense: } => 200 OK "ok"'],
  },
  'cut at the end: in a body, in a head, without an answer': {
    steps: [
      ['read', `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc`],
      ['write', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
    ],
    exchanges: ['POST https://h/a "abc" CUT: connection ended => 200 OK "ab" CUT: connection ended'],
  },
  'requests that are never answered': {
    steps: [
      ['read', get + get],
      ['write', 'HTTP/1.1 200 O'],
    ],
    exchanges: ['GET https://h/a => ?', 'GET https://h/a => ?'],
    data: ['write 0:HTTP/1.1 200 O'],
  },
  'a chunk that is none': {
    steps: [
      ['read', get],
      ['write', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokxx\r\n`],
      ['read', get],
    ],
    exchanges: ['GET https://h/a => 200 OK "ok" CUT: broken chunk', 'GET https://h/a => ?'],
    data: ['write 52:xx\r\n'],
  },
  'what is no HTTP between messages is data': {
    steps: [
      ['read', get],
      ['write', ok],
      ['read', `\x00\x01junk\n${get}`],
      ['write', ok],
    ],
    exchanges: [getOk, 'GET https://h/a => ? gaps=1', '? => 200 OK "ok" gaps=1'],
    data: ['read 28:\x00\x01junk\n'],
  },
};

describe.each(Object.entries(cases))('%s', (_name, { steps, exchanges, data = [], ...options }) => {
  const watchSteps = (input: readonly Step[]) =>
    watch((context) => new Http1Observer(context), input, options);

  it('whole', () => {
    const watched = watchSteps(steps);
    expect([...watched.exchanges].sort()).toEqual([...exchanges].sort());
    expect([...watched.data].sort()).toEqual([...data].sort());
  });

  it('in any two pieces, and byte by byte', () => {
    const whole = watchSteps(steps);
    for (const split of splits(steps)) {
      const watched = watchSteps(split);
      expect(watched.exchanges).toEqual(whole.exchanges);
      expect([...watched.data].sort()).toEqual([...whole.data].sort());
      expect(watched.events).toEqual(whole.events);
    }
  });
});
