import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatProtobuf } from '../../../src/protocol/grpc/format-protobuf.ts';
import { observeConnection } from '../../../src/protocol/observe-connection.ts';
import { answered } from '../support/http1-body.ts';
import { splits } from '../support/splits.ts';
import { watch } from '../support/watch.ts';

function prefixed(payload: Uint8Array | string, flags = 0): Buffer {
  const bytes = Buffer.from(payload);
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** { 1: "abc", 2: 42 } */
const item = Buffer.from('0a03616263102a', 'hex');

it('each message is told, in any pieces', () => {
  const steps = answered('application/grpc+proto', [
    Buffer.concat([prefixed(item), prefixed(''), prefixed(item)]),
  ]);
  for (const pieces of [steps, ...splits(steps)]) {
    expect(watch(observeConnection, pieces).messages).toEqual([
      'write grpc message 7 number=1 0x0a03616263102a',
      'write grpc message 0 number=2 0x',
      'write grpc message 7 number=3 0x0a03616263102a',
    ]);
  }
});

it('compressed messages', () => {
  const zipped = gzipSync(Buffer.alloc(100, item));
  const steps = answered(
    'application/grpc',
    [prefixed(zipped, 1), prefixed(item)],
    'grpc-encoding: gzip\r\n',
  );
  expect(watch(observeConnection, steps).messages).toEqual([
    `write grpc message 100/${zipped.length} number=1 0x${Buffer.alloc(100, item).toString('hex')}`,
    'write grpc message 7 number=2 0x0a03616263102a',
  ]);
});

it('a coding that is not known is said', () => {
  const steps = answered('application/grpc', [prefixed('zz', 1)], 'grpc-encoding: snappy\r\n');
  expect(watch(observeConnection, steps).messages).toEqual([
    'write grpc message null/2 number=1 0x7a7a [compressed (snappy)]',
  ]);
});

it('gRPC-Web: trailers are a message of their own, and base64 is undone', () => {
  const body = Buffer.concat([prefixed(item), prefixed('grpc-status: 0\r\n', 128)]);
  const messages = [
    'write grpc message 7 number=1 0x0a03616263102a',
    'write grpc trailers 16 grpc-status: 0\r\n',
  ];
  expect(watch(observeConnection, answered('application/grpc-web', [body])).messages).toEqual(messages);
  const steps = answered('application/grpc-web-text', [
    prefixed(item).toString('base64'),
    prefixed('grpc-status: 0\r\n', 128).toString('base64'),
  ]);
  for (const pieces of [steps, ...splits(steps)]) {
    expect(watch(observeConnection, pieces).messages).toEqual(messages);
  }
});

it.each(['%', '=', '\n', '\xe4'])(
  'text that is not base64 (%j) ends the telling where it is, in any pieces',
  (wrong) => {
    const good = prefixed(item).toString('base64');
    const steps = answered('application/grpc-web-text', [
      Buffer.from(good + good.slice(0, 6) + wrong + good, 'latin1'),
    ]);
    for (const pieces of [steps, ...splits(steps)]) {
      expect(watch(observeConnection, pieces).messages).toEqual([
        'write grpc message 7 number=1 0x0a03616263102a',
      ]);
    }
  },
);

it('a loss within a message cuts it; one over its end ends the telling', () => {
  const body = Buffer.concat([prefixed(item), prefixed(item)]);
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nContent-Length: ${body.length}\r\n\r\n`;
  const tell = (from: number, to: number): readonly string[] =>
    watch(observeConnection, [
      ['read', 'GET / HTTP/1.1\r\n\r\n'],
      ['write', Buffer.concat([Buffer.from(head), body.subarray(0, from)])],
      ['write', 'gap', to - from],
      ['write', body.subarray(to)],
    ]).messages;
  expect(tell(7, 9)).toEqual([
    'write grpc message 7 number=1 0x0a03 [lost bytes]',
    'write grpc message 7 number=2 0x0a03616263102a',
  ]);
  expect(tell(7, 14)).toEqual(['write grpc message 7 number=1 0x0a03 [lost bytes]']);
});

it('protobuf without a schema', () => {
  expect(formatProtobuf(item)).toBe('{ 1: "abc" 2: 42 }');
  // 3: { 1: 150 }, 4: fixed32, 5: fixed64, 6: bytes, 7: ""
  const rest = Buffer.from('1a03089601250100008029020000000000f03f3203ff00fe3a00', 'hex');
  expect(formatProtobuf(rest)).toBe(
    '{ 3: { 1: 150 } 4: 0x80000001 5: 0x3ff0000000000002 6: 0xff00fe 7: "" }',
  );
  expect(formatProtobuf(Buffer.alloc(0))).toBe('{}');
  expect(formatProtobuf(Buffer.from('ffff', 'hex'))).toBe('0xffff');
  expect(formatProtobuf(Buffer.from('08ffffffffffffffffff01', 'hex'))).toBe('{ 1: 18446744073709551615 }');
});

it('any bytes: nothing throws, and what is shown is bounded', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytes, (body) => {
      expect(formatProtobuf(body).length).toBeLessThan(40 * body.length + 40);
      const types = ['application/grpc', 'application/grpc-web-text', 'application/grpc-web'];
      for (const type of types) {
        if (body.length === 0) continue;
        const whole = watch(observeConnection, answered(type, [body], 'grpc-encoding: gzip\r\n'));
        const single = Array.from(body, (_, at) => body.subarray(at, at + 1));
        const bytewise = watch(observeConnection, answered(type, single, 'grpc-encoding: gzip\r\n'));
        expect(bytewise.messages).toEqual(whole.messages);
      }
    }),
    { numRuns: 1500 },
  );
});
