import { formatProtobuf } from '../../../src/protocol/grpc/format-protobuf.ts';
import { observeConnection } from '../../../src/protocol/observe-connection.ts';
import { watch, type Step, type Watched } from '../../protocol/support/watch.ts';
import { deflateMessage, frame } from '../../protocol/websocket/frames.ts';
import type { Random } from '../../support/random.ts';
import { cutSteps, decodeConversation, encodeConversation } from '../conversation.ts';
import { expectSame, must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const mask = Buffer.from('abcd');
const extensions = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';

export const webSocket: FuzzTarget = {
  name: 'websocket',
  description: 'both directions of a WebSocket connection after its opening, in any pieces',
  corpus: () => conversations.map((steps, index) => encodeConversation(steps, index % 2 === 0 ? 0 : 0x40)),
  tokens: [
    ...[
      '\x81\x05hello',
      '\x88\x02\x03\xe8',
      '\x89\x00',
      '\x8a\x80abcd',
      '\x01\x03abc',
      '\x80\x00',
      '\xc1',
      '\x82\x7e\x00\x80',
    ],
    ...[
      '\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00',
      '\x1e\x60',
      '\x1e\x61',
      '\x1e\x62\x02',
      '\x1e\x63\xff',
      deflateMessage('hello'),
    ],
  ],
  mostInputBytes: 4096,
  check: (input, random) => {
    const { steps } = decodeConversation(input);
    const terms = ((input[0] ?? 0) & 0x40) === 0 ? '' : extensions;
    const opening: readonly Step[] = [
      ['read', `GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${terms}\r\n`],
      ['write', `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n${terms}\r\n`],
    ];
    return checkUnits([...opening, ...steps], random, isInStep);
  },
};

export const serverSentEvents: FuzzTarget = {
  name: 'sse',
  description: 'streams of server-sent events, in any pieces',
  corpus: () =>
    [
      'event: tick\nid: 41\nretry: 1000\ndata: {"n":41}\n\n',
      ': keep alive\r\n\r\ndata: one\rdata: two\r\rdata\n\n\ufeffdata: x\n\n',
      'data: not ended',
    ].map((body) => Buffer.from(body)),
  tokens: [
    'data: ',
    'event:',
    'id: \0',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    ': ',
    '\xef\xbb\xbf',
    'retry: x',
    '\x1e\x63\x04',
  ],
  mostInputBytes: 4096,
  check: (input, random) => checkUnits(body('text/event-stream', input), random),
};

export const grpc: FuzzTarget = {
  name: 'grpc',
  description: 'bodies of gRPC-Web, binary and in base64, in any pieces, and what their messages say',
  corpus: () => {
    const message = Buffer.from('0a0568656c6c6f102a1a0408011002250000803f', 'hex');
    const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
    const trailer = Buffer.concat([Buffer.from([0x80, 0, 0, 0, 15]), Buffer.from('grpc-status:0\r\n')]);
    const all = Buffer.concat([framed, framed, trailer]);
    return [
      Buffer.concat([Buffer.of(0), all]),
      Buffer.concat([Buffer.of(1), Buffer.from(all.toString('base64'))]),
    ];
  },
  tokens: [
    '\0\0\0\0\0',
    '\x01\0\0\0\x04',
    '\x80\0\0\0\x0f',
    '\xff\xff\xff\xff',
    '==',
    'AAAAAAA',
    '\x0a\x05hello',
    '\x1e\x63\x04',
  ],
  mostInputBytes: 4096,
  check: (input, random) => {
    const type = ((input[0] ?? 0) & 1) === 0 ? 'application/grpc-web' : 'application/grpc-web-text';
    return checkUnits(body(type, input.subarray(1)), random);
  },
};

export const protobuf: FuzzTarget = {
  name: 'protobuf',
  description: 'messages of protobuf without their schema',
  corpus: () =>
    [
      '0a0568656c6c6f102a1a0408011002250000803f',
      '0a0b0a090a070a050a030a0161',
      '08ffffffffffffffffff01',
      '0b0801140c',
    ].map((hex) => Buffer.from(hex, 'hex')),
  tokens: [
    '\x0a',
    '\x08\x01',
    '\x0b',
    '\x0c',
    '\x12\x7f',
    '\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01',
    '\x0d\0\0\x80\x3f',
  ],
  mostInputBytes: 4096,
  check: (input) => {
    const text = formatProtobuf(input);
    must(text.length <= 200 + 16 * input.length, 'text in proportion to the message');
    return text.startsWith('0x') ? 'bytes' : 'fields';
  },
};

function body(contentType: string, input: Buffer): readonly Step[] {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${contentType}\r\n\r\n`;
  const [first, ...rest] = decodeConversation(
    Buffer.concat([Buffer.from('\0\x1e\x61', 'latin1'), Buffer.from(head), input]),
  ).steps;
  return [
    ['read', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'],
    ...(first === undefined ? [] : [first]),
    ...rest.filter(([direction]) => direction === 'write'),
  ];
}

/** Once it is out of step, it gets back by a piece that is made of frames: then pieces do matter. */
function isInStep(steps: readonly Step[], { data }: Watched): boolean {
  return data.length === 0 && !steps.some((step) => step.length === 3);
}

function checkUnits(
  steps: readonly Step[],
  random: Random,
  isComparable: (steps: readonly Step[], whole: Watched) => boolean = () => true,
): string {
  const options = { bodyLimitBytes: random.pick([0, 20, 10_000]) };
  const whole = watch(observeConnection, steps, options);
  const cut = watch(observeConnection, cutSteps(steps, random), options);
  if (isComparable(steps, whole)) expectWatchedSame(cut, whole);
  return `${Math.min(whole.messages.length, 3)} messages${whole.data.length > 0 ? ', rest' : ''}`;
}

function expectWatchedSame(cut: Watched, whole: Watched): void {
  expectSame('messages', cut.messages, whole.messages);
  expectSame('exchanges', cut.exchanges, whole.exchanges);
  expectSame('unrecognised', [...cut.data].sort(), [...whole.data].sort());
}

const hello = 'hello, hello, hello';
const conversations: readonly (readonly Step[])[] = [
  [
    ['read', frame({ opcode: 1, payload: 'grüß dich', mask })],
    [
      'write',
      Buffer.concat([
        frame({ opcode: 2, payload: Buffer.of(0, 1, 2) }),
        frame({ opcode: 9, payload: 'there?' }),
      ]),
    ],
    [
      'read',
      Buffer.concat([
        frame({ opcode: 10, payload: 'there?', mask }),
        frame({ opcode: 8, payload: Buffer.from('\x03\xe8bye', 'latin1'), mask }),
      ]),
    ],
  ],
  [
    ['write', frame({ opcode: 1, payload: deflateMessage(hello), rsv1: true })],
    ['read', frame({ opcode: 1, payload: deflateMessage(hello), rsv1: true, mask })],
    ['write', frame({ opcode: 1, payload: deflateMessage('hello, world', hello), rsv1: true })],
  ],
  [
    [
      'read',
      Buffer.concat([
        frame({ opcode: 1, payload: 'one ', fin: false, mask }),
        frame({ opcode: 0, payload: 'two', mask }),
      ]),
    ],
    ['write', frame({ opcode: 2, payload: Buffer.alloc(300, 7) })],
    ['write', 'gap', 10],
    ['write', frame({ opcode: 1, payload: 'after' })],
  ],
];
