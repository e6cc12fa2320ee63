import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GapReason } from '../../src/event/event.ts';
import type { TextOptions } from '../../src/sink/text-options.ts';
import type { EventScript, FakeExchange } from '../support/events.ts';
import { fakeConnection } from '../support/events.ts';
import { hostileText } from '../support/hostile-text.ts';
import { renderText } from '../support/text-sink.ts';
import { playScenario } from './scenario.ts';

test('colour changes nothing but colour', () => {
  for (const verbosity of ['quiet', 'normal', 'verbose'] as const) {
    const colored = renderText(playScenario, { verbosity, color: true });
    expect(colored.replaceAll(/\x1b\[\d+m/g, '')).toBe(renderText(playScenario, { verbosity }));
  }
});

test('a block is printed when its message is complete, in one piece', () => {
  const records: string[] = [];
  renderText(
    (script) => {
      const exchange = script.exchange(fakeConnection(1));
      const request = script.request(exchange, {
        method: 'PUT',
        url: 'https://a.test/x',
        headers: [['a', 'b']],
      });
      script.after(300).body(exchange, request, 'one\n');
      script.after(300).body(exchange, request, 'two\n');
      expect(records).toEqual([]);
      script.after(300).end(exchange, request);
      expect(records).toHaveLength(1);
    },
    {},
    (text) => {
      records.push(text);
      return true;
    },
  );
  expect(records[0]).toContain('PUT https://a.test/x  HTTP/2  8 B\n    a: b\n\n    one\n    two\n\n');
});

test('a body that keeps coming is shown after a second of it, with no event needed but time', () => {
  let output = '';
  renderText(
    (script) => {
      const exchange = script.exchange(fakeConnection(1));
      const request = script.request(exchange, { method: 'PUT', url: 'https://a.test/x' });
      script.body(exchange, request, 'one\n');
      script.after(999).tick();
      expect(output).toBe('');
      script.after(1).tick();
      expect(output).toMatch(/PUT https:\/\/a\.test\/x  HTTP\/2  … still arriving\n\n    one\n\n$/);
      script.after(500).body(exchange, request, 'two\n');
      expect(output).toMatch(/ … \(PUT \/x\)  \+4 B  two\n$/);
      // The next one comes too soon for a line of its own.
      script.after(10).body(exchange, request, 'three\n');
      expect(output).not.toContain('three');
      script.after(200).tick();
      expect(output).toContain('three');
      script.end(exchange, request);
      expect(output).toMatch(/ … \(PUT \/x\)  complete  14 B  1\.7 s\n\n$/);
    },
    {},
    (text) => {
      output += text;
      return true;
    },
  );
});

test('a message that ends at the moment it would be shown in pieces is shown whole', () => {
  const output = renderText((script) => {
    const exchange = script.exchange(fakeConnection(1));
    const request = script.request(exchange, { method: 'PUT', url: 'https://a.test/x' });
    script.body(exchange, request, 'all of it');
    script.after(1500).end(exchange, request);
  });
  expect(output).toMatch(
    /^\S+ \S+ ← \S+ {2}#1 {2}PUT https:\/\/a\.test\/x {2}HTTP\/2 {2}9 B\n\n {4}all of it\n\n$/,
  );
});

test('a live body behind a content coding is shown as far as it can be decoded', () => {
  const output = renderText((script) => {
    const exchange = script.exchange(fakeConnection(1));
    const response = script.response(exchange, { status: 200, headers: [['content-type', 'text/plain']] });
    script.codedBody(exchange, response, 'gzip', 10, 'first ');
    script.after(1000).tick();
    script.after(1000).codedBody(exchange, response, 'gzip', 10, 'second');
    script.end(exchange, response);
  });
  expect(output).toContain('… still arriving  (request not seen)');
  expect(output).toContain('\n    first \n');
  expect(output).toContain('+6 B  second\n');
});

test('live bodies come out whole, however they are cut', () => {
  const content = 'Grüße, 漢字 😀\nzweite Zeile\n'.repeat(3);
  const bytes = Buffer.from(content);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 60 }), (lengths) => {
      const output = renderText((script) => {
        const exchange = script.exchange(fakeConnection(1));
        const request = script.request(exchange, { method: 'PUT', url: 'https://a.test/x' });
        let start = 0;
        for (const length of lengths) {
          script.after(300).body(exchange, request, bytes.subarray(start, start + length));
          start += length;
        }
        if (start < bytes.length) script.body(exchange, request, bytes.subarray(start));
        script.end(exchange, request);
      });
      const shown = output
        .replaceAll(/^\d.*? \(PUT \/x\)  (\+\d+ B( {2})?|complete.*)/gm, '')
        .replaceAll(/^ {4}/gm, '');
      return shown.slice(shown.indexOf('\n')).replaceAll(/[ \n]/g, '') === content.replaceAll(/[ \n]/g, '');
    }),
    { numRuns: 300 },
  );
});

test('output that the reader was too slow for is said, once there is room', () => {
  let full = false;
  let output = '';
  renderText(
    (script) => {
      const connection = fakeConnection(1);
      full = true;
      script.data(connection, 'read', 'lost');
      script.data(connection, 'read', 'lost too');
      script.tick();
      full = false;
      script.after(3).data(connection, 'read', 'seen');
      full = true;
      script.data(connection, 'read', 'lost');
      full = false;
    },
    {},
    (text) => {
      if (!full) output += text;
      return !full;
    },
  );
  expect(
    output.split('\n').map((line) => line.replace(/^1\S+ caddy\[812\] ← 10.0.0.7:51876 {2}#1 {2}/, '')),
  ).toEqual([
    '⚠ 120 bytes of output dropped here: the reader is too slow',
    '4 B  seen',
    '⚠ 58 bytes of output dropped here: the reader is too slow',
    '',
  ]);
});

test('what had not ended when the run did is shown', () => {
  const output = renderText((script) => {
    const exchange = script.exchange(fakeConnection(1));
    const request = script.request(exchange, { method: 'PUT', url: 'https://a.test/x' });
    script.body(exchange, request, 'half');
  });
  expect(output).toContain('PUT https://a.test/x  HTTP/2  … still arriving\n\n    half\n');
});

test('a reader of bytes that were overwritten since sees what was captured', () => {
  const shared = Buffer.from('before');
  const output = renderText((script) => {
    const exchange = script.exchange(fakeConnection(1));
    const request = script.request(exchange, { method: 'PUT', url: 'https://a.test/x' });
    script.after(1000).tick();
    script.body(exchange, request, shared);
    script.body(exchange, request, shared);
    shared.fill('x');
    script.end(exchange, request);
  });
  expect(output).toContain('beforebefore');
  expect(output).not.toContain('xxx');
});

const anyOptions: fc.Arbitrary<Partial<TextOptions>> = fc.record({
  color: fc.boolean(),
  unicode: fc.boolean(),
  verbosity: fc.constantFrom('quiet', 'normal', 'verbose'),
  raw: fc.boolean(),
  hex: fc.boolean(),
  sizeLimitBytes: fc.constantFrom(null, 0, 1, 5, 50),
});
const text = hostileText(24);
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 40 }),
);
const header = fc.tuple(
  fc.oneof(fc.constantFrom('content-type', 'Content-Type', null), text),
  fc.oneof(
    fc.constantFrom(
      'text/plain',
      'application/json',
      'text/x; charset=utf-16le',
      'a/b; charset=nonsense',
      null,
    ),
    text,
    bytes.map((value) => ({ base64: Buffer.from(value).toString('base64') })),
  ),
);
const step = fc.record({
  action: fc.constantFrom(
    'request',
    'response',
    'body',
    'coded',
    'gap',
    'end',
    'cut',
    'finish',
    'data',
    'tick',
    'control',
    'close',
  ),
  ms: fc.constantFrom(0, 1, 250, 1200),
  name: text,
  bytes,
  headers: fc.array(header, { maxLength: 3 }),
  number: fc.constantFrom(0, 1, 200, 404, 503, 99_999),
  reason: fc.constantFrom<GapReason>('ring-full', 'fault', 'too-long', 'table-full', 'joined-late', 'sink'),
});

test('whatever happens: no throw, nothing that could harm a terminal, every line begun by us', () => {
  fc.assert(
    fc.property(anyOptions, fc.array(step, { maxLength: 12 }), text, (options, steps, name) => {
      const output = renderText((script) => playSteps(script, steps, name), options);
      const plain = options.color === true ? output.replaceAll(/\x1b\[\d+m/g, '') : output;
      const harmful =
        options.unicode === true
          ? /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
          : /[^\t\n -~]/;
      return (
        !harmful.test(plain) && plain.split('\n').every((line) => /^(\d\d:\d\d:\d\d[ .]| {4}|$)/.test(line))
      );
    }),
    { numRuns: 3000 },
  );
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function playSteps(script: EventScript, steps: readonly Step[], name: string): void {
  const connection = fakeConnection(1, { comm: name, exe: name, remote: { path: name }, identityNote: name });
  script.open(connection);
  let exchange: FakeExchange = script.exchange(connection);
  for (const { action, ms, name: word, bytes: content, headers, number, reason } of steps) {
    script.after(ms);
    const message = exchange.response ?? exchange.request;
    switch (action) {
      case 'request':
        exchange = script.exchange(connection, 'http/1.1');
        script.request(exchange, { method: word, url: `https://${word}/${word}`, headers });
        break;
      case 'response':
        script.response(exchange, { status: number, reasonPhrase: word, headers });
        break;
      case 'body':
        if (message !== null) script.body(exchange, message, content);
        break;
      case 'coded':
        if (message !== null) script.codedBody(exchange, message, 'gzip', number, word);
        break;
      case 'gap':
        script.gap(connection, 'read', number, reason);
        message?.body.gap(number === 0 ? null : number);
        break;
      case 'end':
        if (message !== null) script.end(exchange, message);
        break;
      case 'cut':
        if (message !== null) {
          message.trailers = headers;
          message.body.problem = word;
          script.end(exchange, message, word);
        }
        break;
      case 'finish':
        script.finish(exchange);
        exchange = script.exchange(connection);
        break;
      case 'data':
        script.data(connection, 'write', content);
        break;
      case 'control':
        script.control(connection, 'read', word);
        break;
      case 'close':
        script.close(connection);
        break;
      case 'tick':
        script.tick();
        break;
    }
  }
}
