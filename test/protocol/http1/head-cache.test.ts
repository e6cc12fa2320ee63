import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadCache, type KnownHead } from '../../../src/protocol/http1/head-cache.ts';
import type { ObserverContext } from '../../../src/protocol/connection-observer.ts';
import { Http1Observer } from '../../../src/protocol/http1/http1-observer.ts';
import { parseHead } from '../../../src/protocol/http1/parse-head.ts';
import { cutEvery } from '../support/splits.ts';
import { type Step, watch } from '../support/watch.ts';

const get = 'GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n';
const long = `HTTP/1.1 200 OK\r\n${Array.from({ length: 40 }, (_, i) => `X-Field-${i}: ${'v'.repeat(i)}\r\n`).join('')}\r\n`;

const make = (context: ObserverContext) => new Http1Observer(context);

function exchange(path: string): Step[] {
  return [
    ['read', `${get.replace('/a', path)}abc`],
    ['write', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nok'],
  ];
}

function find(cache: HeadCache, text: string): ReturnType<HeadCache['find']> {
  // Not at the start of its memory, and not at the end.
  const bytes = Buffer.from(`xx${text}yy`, 'latin1');
  const found = cache.find(bytes, 2, bytes.length - 2);
  bytes.fill(0);
  return found;
}

function parse(text: string): ReturnType<typeof parseHead> {
  return parseHead(text, !/[\x80-\xff]/.test(text));
}

describe('heads that were seen before', () => {
  it.each([get, long])('share what was parsed from the second time on, frozen', (text) => {
    const cache = new HeadCache();
    const [first, second, third] = [find(cache, text), find(cache, text), find(cache, text)];
    expect(first).toEqual(parse(text));
    expect(second).toEqual(first);
    expect(third).toBe(second);
    expect(cache.kept?.head).toBe(third);
    const head = third as Exclude<ReturnType<typeof parseHead>, string>;
    expect(
      Object.isFrozen(head) && Object.isFrozen(head.headers) && head.headers.every(Object.isFrozen),
    ).toBe(true);
  });

  it.each([get, long])('are never taken for one that differs in any byte, or in length', (text) => {
    const cache = new HeadCache();
    for (let i = 0; i < 3; i += 1) find(cache, text);
    for (let at = 0; at < text.length - 4; at += 1) {
      const code = text.charCodeAt(at) ^ 1;
      const other = `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`;
      for (let i = 0; i < 3; i += 1) expect(find(cache, other)).toEqual(parse(other));
      const notAscii = `${text.slice(0, at)}\xe9${text.slice(at + 1)}`;
      expect(find(cache, notAscii)).toEqual(parse(notAscii));
      const shorter = text.slice(0, at) + text.slice(at + 1);
      expect(find(cache, shorter)).toEqual(parse(shorter));
      expect(find(cache, text)).toEqual(parse(text));
    }
  });

  it('any sequence of heads gives what parsing each gives', () => {
    const cache = new HeadCache();
    const part = fc.constantFrom(
      'A: 1',
      'A: 2',
      'Host: h',
      'Content-Length: 5',
      'X: \xff',
      'no colon',
      ' f',
      '\r',
    );
    const head = fc
      .tuple(
        fc.constantFrom('GET / HTTP/1.1', 'HTTP/1.1 200 \xe4', 'nonsense'),
        fc.array(part, { maxLength: 5 }),
      )
      .map(([line, fields]) => `${[line, ...fields.filter((field) => field !== '\r')].join('\r\n')}\r\n\r\n`);
    fc.assert(
      fc.property(fc.array(head, { maxLength: 20 }), (heads) => {
        for (const text of heads) expect(find(cache, text)).toEqual(parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('are a bounded number, and what was replaced holds no memory', () => {
    const cache = new HeadCache();
    const all = new Set<KnownHead>();
    for (let i = 0; i < 5000; i += 1) {
      const text = get.replace('/a', `/${i}`);
      find(cache, text);
      find(cache, text);
      if (cache.kept !== null) all.add(cache.kept);
    }
    expect(all.size).toBe(5000);
    const held = [...all].filter(({ bytes }) => bytes !== null);
    expect(held.length).toBeGreaterThan(256);
    expect(held.length).toBeLessThanOrEqual(512);
    for (const { bytes, head } of all) expect(bytes === null).toBe(head === null);
  });

  it('that come once push nothing out', () => {
    const cache = new HeadCache();
    for (let i = 0; i < 2; i += 1) find(cache, get);
    const kept = find(cache, get);
    for (let i = 0; i < 20_000; i += 1) find(cache, get.replace('/a', `/${i}`));
    expect(find(cache, get)).toBe(kept);
  });

  it('that are very long are not kept', () => {
    const cache = new HeadCache();
    const text = get.replace('/a', `/${'a'.repeat(5000)}`);
    for (let i = 0; i < 3; i += 1) expect(find(cache, text)).toEqual(parse(text));
    expect(cache.kept).toBeNull();
  });

  it('are no more than a head', () => {
    const cache = new HeadCache();
    const text = `GET / HTTP/1.0\n\nbody\r\n\r\n`;
    for (let i = 0; i < 3; i += 1) expect(find(cache, text)).toBeNull();
  });
});

describe('messages with equal heads', () => {
  it('have one list of header fields, on all connections', () => {
    const headers = [1, 2].flatMap(() =>
      watch(make, [...exchange('/q'), ...exchange('/q'), ...exchange('/q')])
        .ended.slice(1)
        .map(({ request, response }) => [request?.headers, response?.headers]),
    );
    expect(headers).toHaveLength(4);
    for (const [request, response] of headers) {
      expect(request).toBe(headers[0]![0]);
      expect(response).toBe(headers[0]![1]);
    }
  });

  it('come out the same however they are cut, also after a bare line feed', () => {
    const bare: Step[] = [['read', 'GET /bare HTTP/1.1\nHost: h\n\n']];
    const reply: Step[] = [['write', 'HTTP/1.1 204 No\nA: b\n\n']];
    const one = fc.constantFrom(exchange('/1'), exchange('/2'), [...bare, ...reply]);
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (exchanges, cutBytes) => {
        const steps = exchanges.flat();
        const whole = watch(make, steps);
        expect(whole.ended).toHaveLength(exchanges.length);
        const cut = watch(
          make,
          steps.flatMap((step) => cutEvery(step, cutBytes)),
        );
        expect(cut.exchanges).toEqual(whole.exchanges);
        // Requests sent ahead of all answers, in one piece.
        const joined = (direction: string) =>
          steps.map((step) => (step[0] === direction ? String(step[1]) : '')).join('');
        const ahead = watch(make, [
          ['read', joined('read')],
          ['write', joined('write')],
        ]);
        expect(ahead.exchanges).toEqual(whole.exchanges);
      }),
      { numRuns: 300 },
    );
  });

  it('heads that end with bare line feeds take linear time in one piece', () => {
    const count = 60_000;
    const piece = 'GET / HTTP/1.1\nA: b\n\n'.repeat(count);
    const begin = performance.now();
    const { ended } = watch(make, [['read', `${piece}\r\n\r\n`]]);
    expect(ended).toHaveLength(count);
    expect(performance.now() - begin).toBeLessThan(4000);
  });
});
