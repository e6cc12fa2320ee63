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
} from '../../protocol/http2/frames.ts';
import { observeScript, type Input, type Seen } from '../../protocol/http2/observe-script.ts';
import type { Step } from '../../protocol/support/watch.ts';
import { cutSteps, decodeConversation, encodeConversation } from '../conversation.ts';
import { expectSame } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

export const http2: FuzzTarget = {
  name: 'http2',
  description: 'both directions of an HTTP/2 connection, in any pieces',
  corpus: () => conversations,
  tokens: [
    ...[
      preface,
      settings(),
      settings([
        [1, 0],
        [5, 16_384],
      ]),
      headers(1, get('/x'), endStream),
      headers(3, [[':status', '200']]),
    ],
    ...[
      data(1, 'hello'),
      data(3, '', endStream),
      frame({ type: 9, flags: endHeaders, stream: 1 }),
      frame({ type: 3, stream: 1, payload: uint32(8) }),
    ],
    ...[
      frame({
        type: 5,
        flags: endHeaders,
        stream: 1,
        payload: Buffer.concat([uint32(2), Buffer.of(0x82, 0x84, 0x87)]),
      }),
    ],
    ...[
      '\x00\x40\x00',
      '\xff\xff\xff',
      '\x1e\x60',
      '\x1e\x61',
      '\x1e\x62\x09',
      '\x1e\x63\xff',
      '\x82\x86\x84\xbe',
      '\x3f\xe1\x1f',
    ],
  ],
  mostInputBytes: 8192,
  check: (input, random) => {
    const { role, joinedLate, steps } = decodeConversation(input);
    const options = { role, joinedLate, bodyLimitBytes: random.pick([0, 10, 1 << 20]) };
    const whole = observeScript(steps.map(toInput), options);
    const parts = observeScript(cutSteps(steps, random).map(toInput), options);
    expectSame('what was seen', summary(parts), summary(whole));
    return `${Math.min(whole.exchanges.length, 3)} exchanges${whole.unrecognised.read.length > 0 ? ', rest' : ''}`;
  },
};

function toInput(step: Step): Input {
  if (step.length === 3) return { direction: step[0], lostBytes: step[2] };
  return {
    direction: step[0],
    bytes: typeof step[1] === 'string' ? Buffer.from(step[1], 'latin1') : step[1],
  };
}

function summary({ exchanges, controls, unrecognised }: Seen): unknown {
  return [exchanges, controls, unrecognised.read.toString('latin1'), unrecognised.write.toString('latin1')];
}

const opening: readonly Step[] = [
  ['read', Buffer.concat([preface, settings([[1, 4096]])])],
  ['write', Buffer.concat([settings([[5, 1 << 20]]), settings()])],
];
const exchange = (id: number): readonly Step[] => [
  [
    'read',
    Buffer.concat([headers(id, [...get(`/${id}`), ['x-a', 'value']]), data(id, 'request body', endStream)]),
  ],
  [
    'write',
    Buffer.concat([
      headers(id, [
        [':status', '200'],
        ['content-type', 'text/plain'],
      ]),
      data(id, 'response body'),
    ]),
  ],
  [
    'write',
    Buffer.concat([
      data(id, pad(Buffer.from('padded'), 9), padded),
      headers(id, [['trailer', 'x']], endStream),
    ]),
  ],
];
const conversations = [
  encodeConversation([...opening, ...exchange(1), ...exchange(3)]),
  encodeConversation([...opening, ...exchange(1)], 1),
  encodeConversation([...exchange(5), ['write', 'gap', 40], ...exchange(7)], 0x82),
  encodeConversation(
    [
      ...opening,
      ['read', frame({ type: 1, stream: 1, payload: Buffer.of(0x82, 0x84) })],
      ['read', frame({ type: 9, flags: endHeaders, stream: 1, payload: Buffer.of(0x87) })],
      ['write', frame({ type: 7, payload: uint32(1, 2) })],
    ],
    2,
  ),
  encodeConversation([
    ...opening,
    ['write', frame({ type: 3, stream: 1, payload: uint32(8) })],
    ['read', frame({ type: 6, payload: Buffer.alloc(8) })],
    ...exchange(1),
  ]),
];
