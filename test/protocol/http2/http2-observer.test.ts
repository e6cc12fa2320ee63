import { describe, expect, test } from 'vitest';
import {
  ack,
  data,
  endHeaders,
  endStream,
  frame,
  get,
  headers,
  literalBlock,
  pad,
  padded,
  preface,
  settings,
  uint32,
  withPriority,
} from './frames.ts';
import { type Input, observeScript, type SeenExchange } from './observe-script.ts';

/** A server's connection: it reads what the client sends. */
const client = (...frames: readonly Buffer[]): Input => ({ direction: 'read', bytes: Buffer.concat(frames) });
const server = (...frames: readonly Buffer[]): Input => ({
  direction: 'write',
  bytes: Buffer.concat(frames),
});
const greeting = [client(preface, settings()), server(settings())];
const ok: (readonly [string, string])[] = [
  [':status', '200'],
  ['content-type', 'text/plain'],
];

function onlyExchange(inputs: readonly Input[]): SeenExchange {
  const { exchanges, unrecognised } = observeScript(inputs);
  expect(unrecognised.read.length + unrecognised.write.length).toBe(0);
  expect(exchanges.length).toBe(1);
  return exchanges[0]!;
}

describe('one exchange', () => {
  test('a request without a body, a response with one', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(headers(1, [...get('/a?b=1'), ['accept', '*/*']], endStream)),
      server(headers(1, ok), data(1, 'hello '), data(1, 'there', endStream)),
    ]);
    expect(exchange).toEqual({
      stream: 1,
      request: {
        direction: 'read',
        method: 'GET',
        url: 'https://shop.local/a?b=1',
        status: null,
        headers: [['accept', '*/*']],
        trailers: [],
        body: '',
        bodyGaps: [],
        isComplete: true,
        cut: null,
      },
      response: {
        direction: 'write',
        method: null,
        url: null,
        status: 200,
        headers: [['content-type', 'text/plain']],
        trailers: [],
        body: 'hello there',
        bodyGaps: [],
        isComplete: true,
        cut: null,
      },
      informational: [],
      gaps: 0,
      joinedLate: false,
    });
  });

  test('events come in the order that sinks are promised', () => {
    const { events } = observeScript([
      client(preface, settings(), headers(1, get('/')), data(1, 'abc', endStream)),
      server(settings(), headers(1, ok), data(1, 'def', endStream)),
    ]);
    expect(events.filter((type) => type !== 'control')).toEqual([
      'request',
      'body',
      'message-end',
      'response',
      'body',
      'message-end',
      'exchange',
    ]);
  });

  test('the response is complete before the request is', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(headers(1, get('/'))),
      server(headers(1, ok, endStream)),
      client(data(1, 'late', endStream)),
    ]);
    expect(exchange.request?.body).toBe('late');
    expect(exchange.request?.isComplete).toBe(true);
    expect(exchange.response?.isComplete).toBe(true);
  });

  test('padding and priority, in every place they can be', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(
        frame({
          type: 1,
          flags: endHeaders | padded | withPriority,
          stream: 1,
          payload: pad(Buffer.concat([uint32(0x8000_0003), Buffer.of(200), literalBlock(get('/p'))]), 255),
        }),
        frame({ type: 0, flags: padded, stream: 1, payload: pad(Buffer.from('abc'), 7) }),
        frame({ type: 0, flags: padded, stream: 1, payload: pad(Buffer.alloc(0), 200) }),
        frame({ type: 0, flags: padded | endStream, stream: 1, payload: pad(Buffer.from('def'), 0) }),
      ),
      server(headers(1, ok, endStream)),
    ]);
    expect(exchange.request).toMatchObject({ url: 'https://shop.local/p', body: 'abcdef', isComplete: true });
  });

  test('a field block in many CONTINUATION frames, one of them empty', () => {
    const block = literalBlock([...get('/long'), ['x-long', 'y'.repeat(9000)]]);
    const pieces: Buffer[] = [frame({ type: 1, flags: endStream, stream: 1, payload: block.subarray(0, 1) })];
    for (let at = 1; at < block.length; at += 100) {
      pieces.push(frame({ type: 9, stream: 1, payload: block.subarray(at, at + 100) }));
    }
    const exchange = onlyExchange([
      ...greeting,
      client(...pieces, frame({ type: 9, flags: endHeaders, stream: 1 })),
      server(headers(1, ok, endStream)),
    ]);
    expect(exchange.request?.url).toBe('https://shop.local/long');
    expect(exchange.request?.headers).toEqual([['x-long', 'y'.repeat(9000)]]);
    expect(exchange.request?.isComplete).toBe(true);
  });

  test('trailers of both sides, informational responses, an empty last DATA', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(headers(1, get('/grpc')), data(1, 'q'), headers(1, [['x-sum', '1']], endStream)),
      server(
        headers(1, [[':status', '100']]),
        headers(1, [
          [':status', '103'],
          ['link', '</a.css>'],
        ]),
        headers(1, ok),
        data(1, 'r'),
        headers(1, [['grpc-status', '0']], endStream),
      ),
    ]);
    expect(exchange.request).toMatchObject({ body: 'q', trailers: [['x-sum', '1']], isComplete: true });
    expect(exchange.informational.map(({ status }) => status)).toEqual([100, 103]);
    expect(exchange.informational[1]?.headers).toEqual([['link', '</a.css>']]);
    expect(exchange.response).toMatchObject({
      status: 200,
      body: 'r',
      trailers: [['grpc-status', '0']],
      isComplete: true,
    });
  });

  test('a value that is not UTF-8 keeps its bytes', () => {
    const block = Buffer.concat([literalBlock(get('/')), Buffer.from([0, 1, 0x78, 2, 0xff, 0xfe])]);
    const exchange = onlyExchange([
      ...greeting,
      client(frame({ type: 1, flags: endHeaders | endStream, stream: 1, payload: block })),
      server(headers(1, ok, endStream)),
    ]);
    expect(exchange.request?.headers).toEqual([['x', { base64: '//4=' }]]);
  });

  test('a tunnel: CONNECT has an authority, and bytes go both ways', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(
        headers(1, [
          [':method', 'CONNECT'],
          [':authority', 'db:5432'],
        ]),
        data(1, 'ping'),
      ),
      server(headers(1, ok), data(1, 'pong', endStream)),
      client(data(1, '', endStream)),
    ]);
    expect(exchange.request).toMatchObject({ method: 'CONNECT', url: 'db:5432', body: 'ping' });
    expect(exchange.response?.body).toBe('pong');
  });

  test('extended CONNECT keeps its protocol', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(headers(1, [[':method', 'CONNECT'], [':protocol', 'websocket'], ...get('/chat').slice(1)])),
      server(headers(1, ok)),
    ]);
    expect(exchange.request).toMatchObject({
      method: 'CONNECT',
      url: 'https://shop.local/chat',
      headers: [[':protocol', 'websocket']],
      cut: 'connection ended',
    });
  });
});

describe('streams that do not end well', () => {
  test('a reset, by either side, cuts what is not complete', () => {
    const { exchanges } = observeScript([
      ...greeting,
      client(headers(1, get('/1'), endStream), headers(3, get('/3'))),
      server(headers(1, ok), data(1, 'begin')),
      client(frame({ type: 3, stream: 1, payload: uint32(8) })),
      server(frame({ type: 3, stream: 3, payload: uint32(0x99) })),
    ]);
    expect(exchanges[0]).toMatchObject({
      stream: 1,
      request: { isComplete: true, cut: null },
      response: { isComplete: false, cut: 'stream reset (CANCEL)', body: 'begin' },
    });
    expect(exchanges[1]).toMatchObject({
      stream: 3,
      request: { isComplete: false, cut: 'stream reset (0x99)' },
      response: null,
    });
  });

  test('GOAWAY ends the streams that will not be answered, and only those', () => {
    const { exchanges, controls } = observeScript([
      ...greeting,
      client(headers(1, get('/1'), endStream), headers(3, get('/3'), endStream)),
      server(frame({ type: 7, payload: Buffer.concat([uint32(1, 11), Buffer.from('too "many"')]) })),
      server(headers(1, ok, endStream)),
    ]);
    expect(exchanges[0]).toMatchObject({ stream: 3, request: { isComplete: true }, response: null });
    expect(exchanges[1]).toMatchObject({ stream: 1, response: { status: 200, isComplete: true } });
    expect(controls.at(-1)).toBe('→ GOAWAY last-stream=1 ENHANCE_YOUR_CALM "too \\"many\\""');
  });

  test('the connection ends', () => {
    const exchange = onlyExchange([
      ...greeting,
      client(headers(1, get('/'))),
      server(headers(1, ok), data(1, 'begin')),
    ]);
    expect(exchange.request?.cut).toBe('connection ended');
    expect(exchange.response).toMatchObject({ cut: 'connection ended', body: 'begin', isComplete: false });
  });

  test('frames that come after the end of a stream are not another exchange', () => {
    const { exchanges, controls } = observeScript([
      ...greeting,
      client(headers(1, get('/'))),
      server(headers(1, ok, endStream), frame({ type: 3, stream: 1, payload: uint32(0) })),
      client(data(1, 'late'), headers(1, [['x', 'y']], endStream)),
    ]);
    expect(exchanges.length).toBe(1);
    expect(exchanges[0]?.request?.cut).toBe('stream reset (NO_ERROR)');
    expect(controls.slice(-2)).toEqual([
      '← DATA stream=1 length=4 after its end',
      '← HEADERS stream=1 after its end',
    ]);
  });

  test('a malformed field block cuts its message, and the connection goes on', () => {
    const { exchanges } = observeScript([
      ...greeting,
      client(
        frame({ type: 1, flags: endHeaders, stream: 1, payload: Buffer.from('8280', 'hex') }),
        headers(3, get('/3'), endStream),
      ),
      server(headers(3, ok, endStream)),
    ]);
    expect(exchanges.map(({ stream }) => stream)).toEqual([3, 1]);
    expect(exchanges[1]?.request).toMatchObject({ method: 'GET', cut: 'header block malformed (index 0)' });
  });

  test('a field block beyond 1 MiB cuts its message; what follows is right, or unknown', () => {
    const block = literalBlock(get('/'));
    const filler = frame({ type: 9, stream: 1, payload: Buffer.alloc(16_384) });
    const { exchanges } = observeScript([
      ...greeting,
      client(frame({ type: 1, stream: 1, payload: block })),
      ...Array.from({ length: 70 }, () => client(filler)),
      client(frame({ type: 9, flags: endHeaders, stream: 1 }), headers(3, get('/3'), endStream)),
      server(headers(3, ok, endStream)),
    ]);
    expect(exchanges[0]?.request?.url).toBe('https://shop.local/3');
    expect(exchanges[1]?.request?.cut).toBe('header block longer than 1 MiB');
  });

  test('one HEADERS frame of 2 MiB, the same', () => {
    const { exchanges } = observeScript([
      ...greeting,
      client(frame({ type: 1, flags: endHeaders, stream: 1, payload: Buffer.alloc(2 << 20) })),
      client(headers(3, get('/3'), endStream)),
      server(headers(3, ok, endStream)),
    ]);
    expect(exchanges[0]?.request?.url).toBe('https://shop.local/3');
    expect(exchanges[1]?.request?.cut).toBe('header block longer than 1 MiB');
  });
});

test('a promise: the request is known, the response comes on its own stream', () => {
  const { exchanges } = observeScript([
    ...greeting,
    client(headers(1, get('/'), endStream)),
    server(
      frame({
        type: 5,
        flags: endHeaders | padded,
        stream: 1,
        payload: pad(Buffer.concat([uint32(2), literalBlock(get('/style.css'))]), 3),
      }),
      headers(1, ok, endStream),
      headers(2, ok),
      data(2, 'body{}', endStream),
    ),
  ]);
  expect(exchanges.map(({ stream }) => stream)).toEqual([1, 2]);
  expect(exchanges[1]).toMatchObject({
    request: { direction: 'write', method: 'GET', url: 'https://shop.local/style.css', isComplete: true },
    response: { direction: 'write', status: 200, body: 'body{}', isComplete: true },
  });
});

test('many streams, interleaved frame by frame', () => {
  const streams = Array.from({ length: 50 }, (_, at) => 2 * at + 1);
  const inputs: Input[] = [...greeting];
  for (const id of streams) inputs.push(client(headers(id, get(`/${id}`))));
  for (let round = 0; round < 3; round++) for (const id of streams) inputs.push(client(data(id, `${id}.`)));
  for (const id of streams) inputs.push(server(headers(id, ok)), client(data(id, '', endStream)));
  for (const id of streams.toReversed()) inputs.push(server(data(id, `r${id}`, endStream)));
  const { exchanges } = observeScript(inputs);
  expect(exchanges.map(({ stream }) => stream)).toEqual(streams.toReversed());
  for (const { stream, request, response } of exchanges) {
    expect(request).toMatchObject({ url: `https://shop.local/${stream}`, body: `${stream}.`.repeat(3) });
    expect(response?.body).toBe(`r${stream}`);
  }
});

test('control frames as text', () => {
  const { controls, exchanges } = observeScript([
    client(
      preface,
      settings([
        [3, 250],
        [4, 1_048_576],
        [0x0a0a, 7],
      ]),
      frame({ type: 8, payload: uint32(65_535) }),
      frame({ type: 2, stream: 3, payload: Buffer.concat([uint32(0x8000_0001), Buffer.of(15)]) }),
      frame({ type: 6, payload: Buffer.from('0102030405060708', 'hex') }),
      frame({ type: 0x10, payload: Buffer.concat([uint32(1), Buffer.from('u=1, i')]) }),
      frame({ type: 0xf3, flags: 0x42, stream: 9, payload: Buffer.alloc(5000) }),
      frame({ type: 1, flags: endHeaders | endStream | 0x40, stream: 1, payload: literalBlock(get('/')) }),
    ),
    server(
      settings(),
      frame({ type: 4, flags: ack }),
      frame({ type: 6, flags: ack, payload: Buffer.from('0102030405060708', 'hex') }),
      frame({ type: 0xc, payload: Buffer.from('\0\u0010https://shop.local', 'latin1') }),
      frame({ type: 8, stream: 1, payload: uint32(10) }),
    ),
  ]);
  expect(controls).toEqual([
    '← connection preface',
    '← SETTINGS MAX_CONCURRENT_STREAMS=250 INITIAL_WINDOW_SIZE=1048576 0xa0a=7',
    '← WINDOW_UPDATE increment=65535',
    '← PRIORITY stream=3 depends-on=1 weight=16 exclusive',
    '← PING 0x0102030405060708',
    '← PRIORITY_UPDATE prioritized=1 "u=1, i"',
    '← unknown frame type=0xf3 flags=0x42 stream=9 length=5000',
    '← HEADERS stream=1 undefined-flags=0x40',
    '→ SETTINGS',
    '→ SETTINGS ACK',
    '→ PING ACK 0x0102030405060708',
    '→ ORIGIN "\\u0000\\u0010https://shop.local"',
    '→ WINDOW_UPDATE stream=1 increment=10',
  ]);
  expect(exchanges[0]?.request?.url).toBe('https://shop.local/');
});

/** One exchange, whose requests go in direction `from`. */
function talk(from: 'read' | 'write'): Input[] {
  const to = from === 'read' ? 'write' : 'read';
  return [
    { direction: from, bytes: Buffer.concat([preface, settings(), headers(1, get('/'), endStream)]) },
    { direction: to, bytes: Buffer.concat([settings(), headers(1, ok, endStream)]) },
  ];
}

describe('which side is the client', () => {
  test.each(['client', 'server', null] as const)('the preface tells, also against the role %s', (role) => {
    for (const from of ['read', 'write'] as const) {
      const { exchanges } = observeScript(talk(from), { role });
      expect(exchanges[0]?.request?.direction).toBe(from);
      expect(exchanges[0]?.response?.status).toBe(200);
    }
  });

  test('joined late, pseudo-headers tell', () => {
    for (const from of ['read', 'write'] as const) {
      const to = from === 'read' ? 'write' : 'read';
      const inputs: Input[] = [
        { direction: to, bytes: headers(3, ok, endStream) },
        { direction: from, bytes: headers(5, get('/'), endStream) },
        { direction: to, bytes: headers(5, ok, endStream) },
      ];
      const { exchanges } = observeScript(inputs, { role: null, joinedLate: true });
      expect(exchanges.map(({ stream }) => stream)).toEqual([3, 5]);
      expect(exchanges[0]).toMatchObject({ request: null, response: { direction: to }, joinedLate: true });
      expect(exchanges[1]).toMatchObject({ request: { direction: from }, response: { status: 200 } });
      expect(exchanges[1]?.joinedLate).toBe(false);
    }
  });

  test('joined late in a body, the ports tell; a wrong guess is corrected', () => {
    const local = { address: '10.0.0.1', port: 443 };
    const remote = { address: '10.0.0.2', port: 50_000 };
    const upload: Input[] = [
      { direction: 'read', bytes: data(1, 'abc') },
      { direction: 'read', bytes: data(1, 'def', endStream) },
    ];
    const known = observeScript(upload, { role: null, joinedLate: true, local, remote });
    expect(known.exchanges[0]).toMatchObject({ request: { body: 'abcdef', method: null }, response: null });

    const corrected = observeScript([...upload.slice(0, 1), client(headers(3, get('/'), endStream))], {
      role: null,
      joinedLate: true,
    });
    expect(corrected.exchanges[0]?.response).toMatchObject({ body: 'abc', cut: 'direction was mistaken' });
    expect(corrected.exchanges[1]?.request?.direction).toBe('read');
  });
});
