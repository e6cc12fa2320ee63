import { describe, expect, test } from 'vitest';
import {
  data,
  endHeaders,
  endStream,
  frame,
  get,
  headers,
  pad,
  padded,
  preface,
  settings,
  uint32,
} from './frames.ts';
import { type Input, observeScript } from './observe-script.ts';

const client = (...frames: readonly Buffer[]): Input => ({ direction: 'read', bytes: Buffer.concat(frames) });
const server = (...frames: readonly Buffer[]): Input => ({
  direction: 'write',
  bytes: Buffer.concat(frames),
});
const lost = (direction: Input['direction'], lostBytes: number | null): Input => ({ direction, lostBytes });
const ok: (readonly [string, string])[] = [[':status', '200']];
const asked = [
  client(preface, settings(), headers(1, get('/1'), endStream)),
  server(settings(), headers(1, ok)),
];
/** Both sides of a later stream, to see that the connection is followed on. */
const later = [client(headers(3, get('/3'), endStream)), server(headers(3, ok, endStream))];
/** A literal that is inserted into the table, and a reference to it. */
const insert = Buffer.from('400161016288', 'hex');
const refer = Buffer.from('88be', 'hex');

/** A head that refers to the table twice. */
function unknownHead(stream: number): Buffer {
  return frame({ type: 1, flags: endHeaders, stream, payload: Buffer.from('bebf', 'hex') });
}

describe('bytes lost inside a DATA frame', () => {
  const whole = data(1, 'abcdefghij', endStream);

  test.each([
    ['some of it', 4, 3],
    ['all that is left', 4, 6],
    ['everything', 0, 10],
  ])('%s: the body has a hole of that length, nothing else is lost', (_, from, length) => {
    const { exchanges, unrecognised } = observeScript([
      ...asked,
      server(whole.subarray(0, 9 + from)),
      lost('write', length),
      server(whole.subarray(9 + from + length)),
      ...later,
    ]);
    expect(exchanges.length).toBe(2);
    expect(exchanges[0]).toMatchObject({ stream: 1, gaps: 1, joinedLate: false });
    expect(exchanges[0]?.response).toMatchObject({
      body: 'abcdefghij'.slice(0, from) + 'abcdefghij'.slice(from + length),
      bodyGaps: [{ offset: from, lengthBytes: length }],
      isComplete: true,
      cut: null,
    });
    expect(exchanges[1]).toMatchObject({ stream: 3, gaps: 0, response: { isComplete: true } });
    expect(unrecognised.write.length).toBe(0);
  });

  test('the end of one frame, and frames after it: found again at the next frame', () => {
    const { exchanges } = observeScript([
      ...asked,
      server(data(1, 'abcdefghij').subarray(0, 13)),
      lost('write', 100),
      server(data(1, 'klm', endStream)),
      ...later,
    ]);
    expect(exchanges[0]?.response).toMatchObject({
      body: 'abcdklm',
      bodyGaps: [
        { offset: 4, lengthBytes: 6 },
        { offset: 10, lengthBytes: null },
      ],
      isComplete: true,
    });
    expect(exchanges[1]).toMatchObject({ stream: 3, response: { status: 200, isComplete: true } });
  });

  test('of a frame that ends its stream no more than that frame is lost', () => {
    const { exchanges } = observeScript([
      ...asked,
      server(whole.subarray(0, 13)),
      lost('write', 100),
      ...later,
    ]);
    expect(exchanges[0]?.response).toMatchObject({
      bodyGaps: [{ offset: 4, lengthBytes: 6 }],
      isComplete: true,
    });
  });

  test('padding: what cannot be told from content is not shown', () => {
    const payload = pad(Buffer.from('abcdef'), 4);
    const frameBytes = frame({ type: 0, flags: padded | endStream, stream: 1, payload });
    const run = (from: number, length: number) =>
      observeScript([
        ...asked,
        server(frameBytes.subarray(0, 9 + from)),
        lost('write', length),
        server(frameBytes.subarray(9 + from + length)),
      ]).exchanges[0]?.response;
    expect(run(3, 2)).toMatchObject({ body: 'abef', bodyGaps: [{ offset: 2, lengthBytes: 2 }] });
    expect(run(5, 4)).toMatchObject({ body: 'abcd', bodyGaps: [{ offset: 4, lengthBytes: 2 }] });
    expect(run(8, 2)).toMatchObject({ body: 'abcdef', bodyGaps: [], isComplete: true });
    expect(run(0, 1)).toMatchObject({
      body: '',
      bodyGaps: [{ offset: 0, lengthBytes: null }],
      isComplete: true,
    });
  });
});

describe('bytes lost elsewhere', () => {
  test('inside a field block: its message is marked, HPACK forgets, framing goes on', () => {
    const second = headers(3, [...ok, ['x', 'y']], endStream);
    const { exchanges, unrecognised } = observeScript([
      ...asked,
      server(frame({ type: 1, flags: endHeaders | endStream, stream: 5, payload: insert })),
      client(headers(3, get('/3'), endStream)),
      server(second.subarray(0, 15)),
      lost('write', 3),
      server(second.subarray(18)),
      client(headers(7, get('/7'), endStream)),
      server(frame({ type: 1, flags: endHeaders | endStream, stream: 7, payload: refer })),
    ]);
    const byStream = new Map(exchanges.map((exchange) => [exchange.stream, exchange]));
    expect(byStream.get(3)).toMatchObject({
      gaps: 1,
      response: { status: null, headers: [], isComplete: true },
    });
    expect(byStream.get(7)).toMatchObject({ gaps: 1, joinedLate: false, response: { status: 200 } });
    expect(byStream.get(7)?.response?.headers).toEqual([[null, null]]);
    expect(unrecognised.write.length).toBe(0);
  });

  test('inside a control frame: nothing else is harmed', () => {
    const ping = frame({ type: 6, payload: Buffer.alloc(8, 7) });
    const { exchanges, controls } = observeScript([
      ...asked,
      server(frame({ type: 1, flags: endHeaders | endStream, stream: 1, payload: insert })),
      server(ping.subarray(0, 11)),
      lost('write', 6),
      client(headers(3, get('/3'), endStream)),
      server(frame({ type: 1, flags: endHeaders | endStream, stream: 3, payload: refer })),
    ]);
    expect(exchanges.at(-1)).toMatchObject({ stream: 3, gaps: 0, response: { headers: [['a', 'b']] } });
    expect(controls.join()).not.toContain('PING');
  });

  test.each([null, 1000])(
    'whole frames (%s bytes): every stream in the air is marked, the rest goes on',
    (bytes) => {
      const { exchanges } = observeScript([
        ...asked,
        client(headers(3, get('/3'), endStream), headers(5, get('/5'))),
        server(data(1, 'abc')),
        lost('write', bytes),
        server(data(1, 'def'), headers(3, ok, endStream), frame({ type: 3, stream: 5, payload: uint32(8) })),
        client(headers(7, get('/7'), endStream)),
        server(headers(7, ok, endStream)),
      ]);
      const byStream = new Map(exchanges.map((exchange) => [exchange.stream, exchange]));
      expect(byStream.get(1)).toMatchObject({
        gaps: 1,
        response: { body: 'abcdef', bodyGaps: [{ offset: 3, lengthBytes: null }], cut: 'lost bytes' },
      });
      expect(byStream.get(3)).toMatchObject({ gaps: 1, response: { status: 200, isComplete: true } });
      expect(byStream.get(5)).toMatchObject({ gaps: 1, request: { cut: 'stream reset (CANCEL)' } });
      expect(byStream.get(7)).toMatchObject({ gaps: 0, response: { status: 200 } });
    },
  );

  test('a request: its response is shown without it', () => {
    const { exchanges } = observeScript([
      ...asked,
      lost('read', 60),
      client(headers(5, get('/5'), endStream)),
      server(headers(3, ok, endStream), headers(5, ok, endStream)),
    ]);
    expect(exchanges[0]).toMatchObject({ stream: 3, request: null, response: { status: 200 }, gaps: 1 });
    expect(exchanges[1]).toMatchObject({ stream: 5, request: { url: 'https://shop.local/5' }, gaps: 0 });
  });

  test('the end of a request: its exchange ends with the response', () => {
    const { exchanges } = observeScript([
      client(preface, settings(), headers(1, get('/1')), data(1, 'abc')),
      lost('read', null),
      server(settings(), headers(1, ok, endStream)),
      ...later,
    ]);
    expect(exchanges[0]).toMatchObject({
      stream: 1,
      request: { body: 'abc', cut: 'lost bytes', isComplete: false },
      response: { isComplete: true },
    });
  });

  test('a CONTINUATION: the block is not taken for a whole one', () => {
    const { exchanges } = observeScript([
      ...asked,
      client(frame({ type: 1, flags: endStream, stream: 3, payload: Buffer.from('8286', 'hex') })),
      lost('read', 40),
      client(headers(5, get('/5'), endStream)),
      server(headers(3, ok, endStream), headers(5, ok, endStream)),
    ]);
    expect(exchanges[0]).toMatchObject({ stream: 3, gaps: 1, request: { method: null, url: null } });
    expect(exchanges[1]).toMatchObject({ stream: 5, gaps: 0, request: { method: 'GET' } });
  });

  test('the offset of what is not recognised counts what was lost', () => {
    const noise = Buffer.from('no frame');
    const { unrecognisedAt, exchanges } = observeScript([
      client(preface, settings()),
      lost('read', 1000),
      client(noise, headers(5, get('/5'), endStream), noise),
      client(noise),
    ]);
    const after = 24 + 9 + 1000;
    const head = headers(5, get('/5')).length;
    expect(exchanges.length).toBe(1);
    expect(unrecognisedAt[0]).toBe(after);
    expect(unrecognisedAt[1]).toBe(after + noise.length + head);
  });

  test('a CONTINUATION of another stream is none of this block', () => {
    const { exchanges } = observeScript([
      ...asked,
      client(frame({ type: 1, flags: endStream, stream: 3, payload: Buffer.from('8286', 'hex') })),
      client(frame({ type: 9, flags: endHeaders, stream: 5, payload: Buffer.of(0x84) })),
      client(headers(7, get('/7'), endStream)),
    ]);
    const byStream = new Map(exchanges.map((exchange) => [exchange.stream, exchange]));
    expect(byStream.get(3)).toMatchObject({ gaps: 1, request: { method: null, url: null } });
    expect(byStream.get(7)?.request?.url).toBe('https://shop.local/7');
  });

  test('the very beginning', () => {
    const { exchanges, unrecognised } = observeScript([
      lost('read', 300),
      lost('write', null),
      client(headers(5, get('/5'), endStream)),
      server(headers(3, [...ok, ['a', 'b']], endStream), headers(5, ok, endStream)),
    ]);
    expect(exchanges.map(({ stream, gaps, joinedLate }) => ({ stream, gaps, joinedLate }))).toEqual([
      { stream: 3, gaps: 1, joinedLate: false },
      { stream: 5, gaps: 0, joinedLate: false },
    ]);
    expect(unrecognised.read.length + unrecognised.write.length).toBe(0);
  });
});

describe('joined late', () => {
  test('in the middle of everything', () => {
    const { exchanges } = observeScript(
      [
        lost('read', null),
        lost('write', null),
        server(data(1, 'end of one', endStream)),
        client(data(3, 'an upload'), headers(7, get('/7'), endStream)),
        server(frame({ type: 1, flags: endHeaders | endStream, stream: 5, payload: refer })),
        client(data(3, ' ends', endStream)),
        server(
          headers(3, ok, endStream),
          headers(7, ok),
          data(7, 'x'),
          headers(9, [['grpc-status', '0']], endStream),
        ),
      ],
      { joinedLate: true },
    );
    const byStream = new Map(exchanges.map((exchange) => [exchange.stream, exchange]));
    expect(byStream.get(1)).toMatchObject({
      request: null,
      response: { status: null, body: 'end of one', isComplete: true },
      joinedLate: true,
      gaps: 0,
    });
    expect(byStream.get(3)).toMatchObject({
      request: { method: null, url: null, body: 'an upload ends', isComplete: true },
      response: { status: 200, isComplete: true },
      joinedLate: true,
    });
    expect(byStream.get(5)?.response).toMatchObject({ status: 200, headers: [[null, null]] });
    expect(byStream.get(7)).toMatchObject({ joinedLate: false, request: { url: 'https://shop.local/7' } });
    expect(byStream.get(7)?.response?.cut).toBe('connection ended');
    expect(byStream.get(9)?.response).toMatchObject({ status: null, trailers: [['grpc-status', '0']] });
  });

  test('a request whose head refers to what was before: marked, its known parts shown', () => {
    // :method GET, :path /x (literal), :authority and a header from before.
    const block = Buffer.from('8204022f78bebf', 'hex');
    const { exchanges } = observeScript(
      [
        client(frame({ type: 1, flags: endHeaders | endStream, stream: 9, payload: block })),
        server(headers(9, ok, endStream)),
      ],
      { joinedLate: true },
    );
    expect(exchanges[0]).toMatchObject({ joinedLate: true, gaps: 0, request: { method: 'GET', url: '/x' } });
    expect(exchanges[0]?.request?.headers).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  test('a response head of unknown status is informational if another follows, else final', () => {
    const { exchanges } = observeScript(
      [
        client(
          headers(1, get('/1'), endStream),
          headers(3, get('/3'), endStream),
          headers(5, get('/5'), endStream),
        ),
        server(unknownHead(1), headers(1, ok), data(1, 'a', endStream)),
        server(unknownHead(3), data(3, 'b'), headers(3, [['x', 'y']], endStream)),
        server(unknownHead(5), headers(5, [['x', 'y']], endStream)),
        client(headers(7, get('/7'), endStream)),
        server(unknownHead(7)),
        client(headers(9, get('/9'), endStream)),
        server(unknownHead(9), headers(9, [[':status', '204']], endStream)),
      ],
      { joinedLate: true },
    );
    const unknown = [
      [null, null],
      [null, null],
    ];
    expect(exchanges.map(({ stream, joinedLate }) => [stream, joinedLate])).toEqual(
      [1, 3, 5, 9, 7].map((id) => [id, true]),
    );
    expect(exchanges[0]).toMatchObject({
      informational: [{ status: null, headers: unknown }],
      response: { status: 200, headers: [], trailers: [], body: 'a' },
    });
    expect(exchanges[1]?.response).toMatchObject({
      status: null,
      headers: unknown,
      trailers: [['x', 'y']],
      body: 'b',
    });
    expect(exchanges[2]?.response).toMatchObject({ status: null, headers: unknown, trailers: [['x', 'y']] });
    expect(exchanges[3]).toMatchObject({ informational: [{ headers: unknown }], response: { status: 204 } });
    expect(exchanges[4]?.response).toMatchObject({ status: null, headers: unknown, cut: 'connection ended' });
  });

  test('frames for a stream that has ended are not another exchange', () => {
    const { exchanges, controls } = observeScript(
      [
        client(headers(3, get('/3'))),
        server(headers(3, ok, endStream), frame({ type: 3, stream: 3, payload: uint32(0) })),
        client(data(3, 'late', endStream)),
        client(data(1, 'of a stream from before', endStream)),
      ],
      { joinedLate: true },
    );
    expect(exchanges.map(({ stream }) => stream)).toEqual([3, 1]);
    expect(controls.at(-1)).toBe('← DATA stream=3 length=4 after its end');
  });

  test('inside a large frame: the rest of it is passed on as it is', () => {
    const rest = Buffer.alloc(5000, 'text of a body that began earlier, in a frame that nobody saw. ');
    const { exchanges, unrecognised } = observeScript(
      [server(rest, data(1, 'next'), data(1, 'last', endStream), headers(3, ok, endStream))],
      { joinedLate: true },
    );
    expect(unrecognised.write.equals(rest)).toBe(true);
    expect(exchanges[0]).toMatchObject({ stream: 1, response: { body: 'nextlast', isComplete: true } });
    expect(exchanges[1]).toMatchObject({ stream: 3, response: { status: 200 } });
  });
});
