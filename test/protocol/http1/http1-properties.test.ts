import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObserverContext } from '../../../src/protocol/connection-observer.ts';
import type { HttpMessage } from '../../../src/protocol/exchange.ts';
import { Http1Observer } from '../../../src/protocol/http1/http1-observer.ts';
import { cutEvery } from '../support/splits.ts';
import { type Step, watch, type WatchOptions } from '../support/watch.ts';

const make = (context: ObserverContext) => new Http1Observer(context);

/** What HTTP/1 streams are made of, right and wrong: strings of these reach states that random bytes never do. */
const fragments = fc.constantFrom(
  ...[
    'GET / HTTP/1.1\r\n',
    'POST /a HTTP/1.0\n',
    'HEAD * HTTP/1.1\r\n',
    'CONNECT h:1 HTTP/1.1\r\n',
    'PRI * HTTP/2.0\r\n',
  ],
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 C\r\n',
    'HTTP/1.1 101 S\r\n\r\n',
    'HTTP/1.0 204\n',
    'HTTP/1.1 099 x\r\n',
    'HTTP/1.',
  ],
  ...[
    'Host: h\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 7\n',
    'Content-Length: x\r\n',
    'Transfer-Encoding: chunked\r\n',
  ],
  ...[
    'Transfer-Encoding: gzip\r\n',
    'Content-Encoding: br\r\n',
    ' folded\r\n',
    ': \r\n',
    'nocolon\r\n',
    'X: \xff\xe4\r\n',
  ],
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '5;x=1\r\n',
    'ffffffffffffffffffff\r\n',
    'fffffff\r\n',
    'hello',
    '\0',
    ' ',
    'H',
    'HT',
    'G',
  ],
);
const stream = fc.oneof(
  fc.array(fragments, { maxLength: 14 }).map((parts) => parts.join('')),
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fragments },
        { weight: 1, arbitrary: fc.string({ maxLength: 9 }).map((s) => Buffer.from(s).toString('latin1')) },
      ),
    )
    .map((parts) => parts.join('')),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const direction = fc.constantFrom('read' as const, 'write' as const);
const data = fc.tuple(
  direction,
  stream.filter((text) => text.length > 0),
) as fc.Arbitrary<Step>;
const gap = fc.tuple(direction, fc.constant('gap' as const), fc.option(fc.nat(20))) as fc.Arbitrary<Step>;
const steps = fc.array(fc.oneof({ weight: 5, arbitrary: data }, { weight: 1, arbitrary: gap }), {
  minLength: 1,
  maxLength: 6,
});
const options: fc.Arbitrary<WatchOptions> = fc.record({
  role: fc.constantFrom(null, 'client' as const, 'server' as const),
  joinedLate: fc.boolean(),
  bodyLimitBytes: fc.constantFrom(0, 3, 1000),
});

describe('any streams', () => {
  it('never throw, break the order of events, or depend on how they are cut', () => {
    fc.assert(
      fc.property(steps, options, fc.integer({ min: 1, max: 12 }), (input, given, lengthBytes) => {
        const whole = watch(make, input, given);
        const cut = watch(
          make,
          input.flatMap((step) => cutEvery(step, lengthBytes)),
          given,
        );
        expect(cut.exchanges).toEqual(whole.exchanges);
        expect([...cut.data].sort()).toEqual([...whole.data].sort());
        expect(cut.events).toEqual(whole.events);
      }),
      { numRuns: 6000 },
    );
  });
});

/** Exchanges whose parts carry their number, as one client and one server would send them. */
const conversation = fc
  .record({
    count: fc.integer({ min: 1, max: 8 }),
    kinds: fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
    /** True: the next request is sent; false: the next answer. */
    turns: fc.array(fc.boolean(), { maxLength: 24 }),
  })
  .map(({ count, kinds, turns }) => interleave(kinds.slice(0, count), turns));

function interleave(kinds: readonly number[], turns: readonly boolean[]): Step[] {
  const pieces: Step[] = [];
  let sent = 0;
  let answered = 0;
  const order = [...turns, ...kinds.map(() => true), ...kinds.map(() => false)];
  for (const isRequest of order) {
    if (isRequest && sent < kinds.length) {
      pieces.push(['read', request(kinds[sent] ?? 0, sent)]);
      sent += 1;
    } else if (!isRequest && answered < sent) {
      pieces.push(['write', response(kinds[answered] ?? 0, answered)]);
      answered += 1;
    }
  }
  return pieces;
}

type Way = 'read' | 'write';

function request(kind: number, id: number): string {
  const method = kind === 3 ? 'HEAD' : 'POST';
  const body =
    kind === 1
      ? `Content-Length: 12\r\n\r\n{"id": ${id}...}`
      : kind === 2
        ? `Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`
        : '\r\n';
  return `${method} /${id} HTTP/1.1\r\nHost: h\r\n${body}`;
}

function response(kind: number, id: number): string {
  const interim = kind === 1 ? 'HTTP/1.1 100 Continue\r\n\r\n' : '';
  const body =
    kind === 2
      ? 'Transfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n'
      : kind === 4
        ? 'Content-Length: 0\r\n\r\n'
        : `Content-Length: 7\r\n\r\n${kind === 3 ? '' : 'content'}`;
  return `${interim}HTTP/1.1 200 OK\r\nId: ${id}\r\n${body}`;
}

/** The URL that an answer of `response()` answers. */
function urlOf(message: HttpMessage | null): string {
  return `https://h/${JSON.stringify(message?.headers[0]?.[1])}`.replaceAll('"', '');
}

interface Loss {
  readonly from: number;
  readonly lengthBytes: number;
  readonly isKnown: boolean;
}

/** Takes bytes away from a direction, and puts gaps there. */
function lose(steps: readonly Step[], of: Way, { from, lengthBytes, isKnown }: Loss): Step[] {
  let at = 0;
  return steps.flatMap((step): Step[] => {
    if (step[0] !== of || step.length === 3) return [step];
    const text = step[1];
    const begin = Math.min(Math.max(from - at, 0), text.length);
    const end = Math.min(Math.max(from + lengthBytes - at, 0), text.length);
    at += text.length;
    if (begin >= end) return [step];
    const parts: Step[] = [
      [of, text.slice(0, begin)],
      [of, 'gap', isKnown ? end - begin : null],
      [of, text.slice(end)],
    ];
    return parts.filter((part) => part.length === 3 || part[1].length > 0);
  });
}

describe('conversations', () => {
  it('without losses: every request has its answer', () => {
    fc.assert(
      fc.property(conversation, fc.integer({ min: 1, max: 60 }), (pieces, lengthBytes) => {
        const { ended } = watch(
          make,
          pieces.flatMap((step) => cutEvery(step, lengthBytes)),
        );
        expect(ended).toHaveLength(pieces.filter(([way]) => way === 'read').length);
        for (const exchange of ended) {
          expect(exchange.request?.url).toBe(urlOf(exchange.response));
          expect([exchange.request?.cut, exchange.response?.cut]).toEqual([null, null]);
        }
      }),
      { numRuns: 500 },
    );
  });

  const loss = fc.record({
    from: fc.nat(400),
    lengthBytes: fc.integer({ min: 1, max: 250 }),
    isKnown: fc.boolean(),
  });

  it('with losses: what is paired is paired rightly', () => {
    let paired = 0;
    fc.assert(
      fc.property(conversation, loss, fc.option(loss), (pieces, readLoss, writeLoss) => {
        const once = lose(pieces, 'read', readLoss);
        const { ended } = watch(make, writeLoss === null ? once : lose(once, 'write', writeLoss));
        for (const { request: asked, response: answer } of ended) {
          if (asked === null || answer === null) continue;
          expect(asked.url).toBe(urlOf(answer));
          paired += 1;
        }
      }),
      { numRuns: 4000 },
    );
    // Not by pairing nothing.
    expect(paired).toBeGreaterThan(4000);
  });
});
