import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeConnection } from '../../../src/protocol/observe-connection.ts';
import { answered } from '../support/http1-body.ts';
import { splits } from '../support/splits.ts';
import { watch } from '../support/watch.ts';

const type = 'text/event-stream; charset=utf-8';

const streams: Readonly<Record<string, readonly [body: string, messages: readonly string[]]>> = {
  'an event with all its fields': [
    'event: tick\nid: 41\nretry: 1000\ndata: {"n":41}\n\n',
    ['write sse event 8 event=tick id=41 retry=1000 {"n":41}'],
  ],
  'data over several lines; one space after the colon is not part of it': [
    'data: one\ndata:two\ndata:  three\n\n',
    ['write sse event 14 one\ntwo\n three'],
  ],
  'CRLF and CR end lines, too': [
    'data: a\r\n\r\ndata: b\r\rdata: c\n\r\n',
    ['write sse event 1 a', 'write sse event 1 b', 'write sse event 1 c'],
  ],
  'a byte order mark': ['\ufeffdata: x\n\n', ['write sse event 1 x']],
  comments: [': keep alive\n\ndata: x\n\n', ['write sse comment 10 keep alive', 'write sse event 1 x']],
  'a name without a colon': ['data\n\nid\ndata: y\n\n', ['write sse event 0 ', 'write sse event 1 id= y']],
  'an event that is not ended': [
    'data: a\n\ndata: b',
    ['write sse event 1 a', 'write sse event null b [not ended]'],
  ],
  'empty lines are no events': ['\n\n\ndata: a\n\n\n\n', ['write sse event 1 a']],
};

describe.each(Object.entries(streams))('%s', (_name, [body, messages]) => {
  it('in any pieces', () => {
    for (const steps of [answered(type, [body]), ...splits(answered(type, [body]))]) {
      expect(watch(observeConnection, steps).messages).toEqual(messages);
    }
  });
});

it('a loss cuts the event it falls into; the next one is whole', () => {
  const body = 'data: first\n\ndata: second\n\ndata: third\n\n';
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 41\r\n\r\n';
  expect(body).toHaveLength(41 - 1);
  const watched = watch(observeConnection, [
    ['read', 'GET / HTTP/1.1\r\n\r\n'],
    ['write', head + body.slice(0, 21)],
    ['write', 'gap', 3],
    ['write', `${body.slice(24)}\n`],
  ]);
  expect(watched.messages).toEqual([
    'write sse event 5 first',
    'write sse event null  [lost bytes]',
    'write sse event 5 third',
  ]);
});

it('what is compressed as a whole stays a body', () => {
  const watched = watch(observeConnection, answered(type, ['data: x\n\n'], 'Content-Encoding: gzip\r\n'));
  expect(watched.messages).toEqual([]);
});

it('any bytes: nothing throws, and pieces do not matter', () => {
  const text = fc.array(
    fc.constantFrom('data', ':', ' ', '\n', '\r', '\r\n', 'id: 1', 'x', '\ufeff', '\0', 'ü', 'event'),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(text, (parts) => {
      const body = parts.join('');
      if (body === '') return;
      const whole = watch(observeConnection, answered(type, [body]));
      const bytes = Buffer.from(body);
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      expect(watch(observeConnection, answered(type, single)).messages).toEqual(whole.messages);
    }),
    { numRuns: 2000 },
  );
});
