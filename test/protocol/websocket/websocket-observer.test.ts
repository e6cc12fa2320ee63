import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObserverContext } from '../../../src/protocol/connection-observer.ts';
import { observeConnection } from '../../../src/protocol/observe-connection.ts';
import { WebSocketObserver } from '../../../src/protocol/websocket/websocket-observer.ts';
import { cutEvery, splits } from '../support/splits.ts';
import { type Step, watch, type WatchOptions } from '../support/watch.ts';
import { deflateMessage, frame } from './frames.ts';

const mask = Buffer.from('abcd');
const text = 1;
const binary = 2;

const opening = (extensions = ''): Step[] => [
  ['read', `GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${extensions}\r\n`],
  ['write', `HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n${extensions}\r\n`],
];
const deflateHeader = 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n';

interface Scenario {
  readonly steps: readonly Step[];
  readonly messages: readonly string[];
  readonly data?: readonly string[];
  readonly options?: WatchOptions;
}

const hello = 'hello, hello, hello, hello';
const wordy = 'hello, hello, hello, world';

const scenarios: Readonly<Record<string, Scenario>> = {
  'text, binary and control frames, of both sides': {
    steps: [
      ...opening(),
      ['read', frame({ opcode: text, payload: 'grüß dich', mask })],
      ['write', frame({ opcode: binary, payload: Buffer.of(0, 1, 2) })],
      ['write', frame({ opcode: 9, payload: 'there?' })],
      ['read', frame({ opcode: 10, payload: 'there?', mask })],
      ['read', frame({ opcode: 8, payload: Buffer.from('\x03\xe8bye', 'latin1'), mask })],
      ['write', frame({ opcode: 8 })],
    ],
    messages: [
      'read websocket text 11 grüß dich',
      'write websocket binary 3 0x000102',
      'write websocket ping 6 there?',
      'read websocket pong 6 there?',
      'read websocket close 3 code=1000 bye',
      'write websocket close 0 ',
    ],
  },
  'the first messages come with the answer': {
    steps: [
      opening()[0]!,
      [
        'write',
        Buffer.concat([Buffer.from(String(opening()[1]![1])), frame({ opcode: text, payload: 'hi' })]),
      ],
    ],
    messages: ['write websocket text 2 hi'],
  },
  'fragments, with a control frame between them': {
    steps: [
      ...opening(),
      ['read', frame({ opcode: text, payload: 'one ', fin: false, mask })],
      ['read', frame({ opcode: 9, mask })],
      ['read', frame({ opcode: 0, payload: 'two ', fin: false, mask })],
      ['read', frame({ opcode: 0, payload: 'three', mask })],
    ],
    messages: ['read websocket ping 0 ', 'read websocket text 13 one two three'],
  },
  'lengths in two and in eight bytes': {
    steps: [
      ...opening(),
      ['write', frame({ opcode: text, payload: 'x'.repeat(300) })],
      ['write', frame({ opcode: text, payload: 'y'.repeat(70_000) })],
    ],
    messages: [
      `write websocket text 300 ${'x'.repeat(300)}`,
      `write websocket text 70000 ${'y'.repeat(70_000)}`,
    ],
  },
  'compressed: the client keeps its window, the server does not': {
    steps: [
      ...opening(deflateHeader),
      ['read', frame({ opcode: text, rsv1: true, payload: deflateMessage(hello), mask })],
      ['read', frame({ opcode: text, rsv1: true, payload: deflateMessage(wordy, hello), mask })],
      ['write', frame({ opcode: text, rsv1: true, payload: deflateMessage(hello) })],
      ['write', frame({ opcode: text, rsv1: true, payload: deflateMessage(wordy) })],
      ['write', frame({ opcode: text, payload: 'plain' })],
    ],
    messages: [
      `read websocket text 26/${deflateMessage(hello).length} ${hello}`,
      `read websocket text 26/${deflateMessage(wordy, hello).length} ${wordy}`,
      `write websocket text 26/${deflateMessage(hello).length} ${hello}`,
      `write websocket text 26/${deflateMessage(wordy).length} ${wordy}`,
      'write websocket text 5 plain',
    ],
  },
  'bytes are lost inside a message: it is cut, the next one is whole': {
    steps: [
      ...opening(),
      ['write', frame({ opcode: text, payload: 'abcdefgh' }).subarray(0, 6)],
      ['write', 'gap', 4],
      ['write', frame({ opcode: text, payload: 'next' })],
    ],
    messages: ['write websocket text 8 abcd [lost bytes]', 'write websocket text 4 next'],
  },
  'a compressed message is lost in part: what refers to it is not decoded': {
    steps: [
      ...opening(deflateHeader),
      ['read', frame({ opcode: text, rsv1: true, payload: deflateMessage(hello), mask }).subarray(0, 8)],
      ['read', 'gap', deflateMessage(hello).length - 2],
      ['read', frame({ opcode: text, rsv1: true, payload: deflateMessage(wordy, hello), mask })],
      ['write', frame({ opcode: text, rsv1: true, payload: deflateMessage(hello) })],
    ],
    messages: [
      `read websocket text null/${deflateMessage(hello).length} 0x${deflateMessage(hello).subarray(0, 2).toString('hex')} [lost bytes; compressed]`,
      `read websocket text null/${deflateMessage(wordy, hello).length} 0x${deflateMessage(wordy, hello).toString('hex')} [compressed with what was not seen]`,
      `write websocket text 26/${deflateMessage(hello).length} ${hello}`,
    ],
  },
  'after a loss of unknown length, the next piece that is made of frames is taken': {
    steps: [
      ...opening(),
      ['write', frame({ opcode: text, payload: 'abcdefgh' }).subarray(0, 6)],
      ['write', 'gap', null],
      ['write', 'efgh'],
      ['write', frame({ opcode: text, payload: 'next' })],
    ],
    messages: ['write websocket text 4 abcd [lost bytes]', 'write websocket text 4 next'],
    data: [`write ${String(opening()[1]![1]).length + 6}:efgh`],
  },
  'the connection ends within a message': {
    steps: [...opening(), ['write', frame({ opcode: text, payload: 'abcdefgh' }).subarray(0, 6)]],
    messages: ['write websocket text 4 abcd [connection ended]'],
  },
  'no frame: shown as bytes, nothing lost': {
    steps: [...opening(), ['write', '\x83\x05hello world']],
    messages: [],
    data: [`write ${String(opening()[1]![1]).length}:\x83\x05hello world`],
  },
  'a client that does not mask is none': {
    steps: [...opening(), ['read', frame({ opcode: text, payload: 'bare' })]],
    messages: [],
    data: [`read ${String(opening()[0]![1]).length}:\x81\x04bare`],
  },
  'longer than what is kept': {
    steps: [...opening(), ['write', frame({ opcode: binary, payload: 'z'.repeat(100) })]],
    options: { bodyLimitBytes: 10 },
    messages: [
      `write websocket binary 100 0x${Buffer.from('z'.repeat(10)).toString('hex')} [longer than what is kept]`,
    ],
  },
};

describe.each(Object.entries(scenarios))('%s', (_name, { steps, messages, data = [], options }) => {
  it('whole', () => {
    const watched = watch(observeConnection, steps, options);
    expect(watched.messages).toEqual(messages);
    expect(watched.data).toEqual(data);
  });
});

const inStep = Object.entries(scenarios).filter(
  ([, { steps, data }]) =>
    data === undefined && steps.every((step) => step.length === 2 && step[1].length < 1000),
);

it.each(inStep)('split anywhere: %s', (_name, { steps, messages, options }) => {
  expect(inStep.length).toBeGreaterThan(5);
  for (const pieces of splits(steps)) {
    expect(watch(observeConnection, pieces, options).messages).toEqual(messages);
  }
});

const make = (context: ObserverContext): WebSocketObserver =>
  new WebSocketObserver({ context, exchange: null, client: 'read', deflate: null });

describe('joined late', () => {
  it.each(['server', null] as const)('is recognised by pieces that are made of frames (role %s)', (role) => {
    const steps: Step[] = [
      ['read', frame({ opcode: text, payload: 'first', mask })],
      ['write', frame({ opcode: text, payload: 'second' })],
      ['read', frame({ opcode: text, payload: 'third', mask })],
    ];
    const watched = watch(observeConnection, steps, { joinedLate: true, role });
    // Of one piece nobody can be sure: it is shown as bytes.
    expect(watched.data).toHaveLength(1);
    expect(watched.messages).toEqual(['write websocket text 6 second', 'read websocket text 5 third']);
  });

  it('is not seen in what is none', () => {
    const steps: Step[] = [
      ['read', frame({ opcode: text, payload: 'masked', mask })],
      ['read', 'something else'],
      ['write', frame({ opcode: text, payload: 'x', mask })],
    ];
    expect(watch(observeConnection, steps, { joinedLate: true, role: 'server' }).messages).toEqual([]);
  });

  it('begins with the first piece that is made of frames', () => {
    const watched = watch(make, [
      ['read', frame({ opcode: text, payload: 'cut off', mask }).subarray(5)],
      ['read', frame({ opcode: text, payload: 'whole', mask })],
      ['write', frame({ opcode: text, rsv1: true, payload: deflateMessage(hello) })],
    ]);
    expect(watched.messages).toEqual([
      'read websocket text 5 whole',
      `write websocket text null/${deflateMessage(hello).length} 0x${deflateMessage(hello).toString('hex')} [compressed, on terms that were not seen]`,
    ]);
  });

  it('any bytes, any losses: nothing throws, and nothing is both message and data', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .record({
          opcode: fc.integer({ min: 0, max: 15 }),
          payload: fc.uint8Array({ maxLength: 20 }),
          fin: fc.boolean(),
          rsv1: fc.boolean(),
        })
        .map(frame),
      fc
        .record({
          opcode: fc.constantFrom(0, 1, 2, 9),
          payload: fc.uint8Array({ maxLength: 200 }),
          fin: fc.boolean(),
          mask: fc.constant(mask),
        })
        .map(frame),
    );
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(fc.constantFrom('read', 'write'), piece) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom('read', 'write'), fc.constant('gap'), fc.option(fc.nat(50))),
      },
    );
    fc.assert(
      fc.property(
        fc.array(step as fc.Arbitrary<Step>, { maxLength: 12 }),
        fc.boolean(),
        (steps, isOpened) => {
          const deflate = { clientKeepsContext: true, serverKeepsContext: false };
          const watched = watch(
            (context) =>
              new WebSocketObserver({ context, exchange: isOpened ? opened : null, client: 'read', deflate }),
            steps,
            { bodyLimitBytes: 64 },
          );
          expect(watched.messages.length).toBeLessThan(1000);
          if (isOpened && steps.every((one) => one.length === 2)) {
            const bytewise = watch(
              (context) => new WebSocketObserver({ context, exchange: opened, client: 'read', deflate }),
              steps.flatMap((one) => cutEvery(one, 1)),
              { bodyLimitBytes: 64 },
            );
            if (watched.data.length === 0) expect(bytewise.messages).toEqual(watched.messages);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

const opened = (() => {
  const watched = watch(observeConnection, opening());
  return watched.ended[0]!;
})();
