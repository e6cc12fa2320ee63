import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../src/protocol/exchange.ts';
import { fieldNames } from '../../../src/protocol/filter/filter-fields.ts';
import { compileFilter } from '../../../src/protocol/filter/filter.ts';
import { observeConnection } from '../../../src/protocol/observe-connection.ts';
import { watch } from '../support/watch.ts';

/** A POST that is answered with 503 after 250 ms, and a response whose request was not seen. */
function exchanges(): readonly Exchange[] {
  const request =
    'POST /api/items?page=2 HTTP/1.1\r\nHost: shop.local:8443\r\nUser-Agent: curl/8.1\r\nContent-Length: 12\r\n\r\n{"ask":"me"}';
  const response =
    'HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; x=y\r\nX-A: one\r\nX-A: two\r\nContent-Length: 16\r\n\r\n{"error":"Busy"}';
  return watch(
    observeConnection,
    [
      ['read', request],
      ['write', response],
    ],
    { role: 'server', timeStepNs: 250e6 },
  ).ended;
}

const [exchange] = exchanges();
const [unseen] = watch(observeConnection, [['write', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']], {
  joinedLate: true,
  role: 'server',
}).ended;

function fits(expression: string, one = exchange): boolean {
  const compiled = compileFilter(expression);
  if (!compiled.ok) throw new Error(`${compiled.problem.message} at ${compiled.problem.column}`);
  return compiled.filter(one!);
}

describe('what fits', () => {
  it.each([
    'method == POST',
    'method == post',
    'method != GET',
    'status >= 500 && status < 600',
    'status==503',
    'host == "shop.local:8443"',
    'host ~ "^shop\\."',
    'host ~ SHOP',
    'path == /api/items',
    'path == /api/items && query == page=2',
    'url contains "page=2"',
    'url contains page=2',
    'body contains "error"',
    "body contains 'ask'",
    'request.body contains ask && response.body contains Busy',
    'size == 16 and request.size == 12B',
    'type == application/json',
    'duration >= 250ms && duration < 0.3s',
    'header["user-agent"] ~ curl',
    'header.x-a == two',
    'header[x-a] == one',
    'process == server && pid == 10',
    'role == server',
    'protocol == http/1.1',
    '!(status == 200)',
    'not status == 200 && !stream',
    'status == 1 || status == 2 || status == 503',
    'status == 503 || nothing == 1'.replace('nothing', 'pid'),
    'exchange == 1 && connection == 1',
    'gaps == 0',
    'scheme == https',
  ])('%s', (expression) => expect(fits(expression)).toBe(true));

  it.each([
    'method == GET',
    'status > 503',
    'status < 1k && status == 504',
    'body contains "busy"',
    'header["absent"]',
    'header["absent"] != x',
    'stream == 1',
    'duration > 1s',
    'remote == 10.0.0.1:1',
    'status == 503 && !(method == POST)',
  ])('not: %s', (expression) => expect(fits(expression)).toBe(false));

  it('what is not known fits no comparison', () => {
    expect(fits('status == 200', unseen)).toBe(true);
    for (const expression of ['method == GET', 'method != GET', 'url ~ .', 'host', 'method'])
      expect(fits(expression, unseen)).toBe(false);
    expect(fits('!method', unseen)).toBe(true);
  });
});

describe('what is wrong is said with its column', () => {
  it.each([
    ['', 0, 'a field is missing'],
    ['status >=', 9, 'a value is missing'],
    ['status >= high', 10, '>= needs a number'],
    ['metod == GET', 0, 'no field is called metod; there are method,'],
    ['method == GET status == 1', 14, '&& or || is missing'],
    ['(method == GET', 14, ') is missing'],
    ['method == "GET', 10, 'this string has no end'],
    ['method ^ GET', 7, 'what is ^?'],
    ['host ~ "["', 7, 'Invalid regular expression'],
    ['header', 6, '["name"] is missing'],
    ['&& method', 0, 'a field is missing'],
  ])('%s', (expression, column, message) => {
    const compiled = compileFilter(expression);
    expect(compiled).toMatchObject({ ok: false, problem: { column } });
    expect(!compiled.ok && compiled.problem.message).toContain(message);
  });

  it('however deep it is', () => {
    expect(compileFilter('('.repeat(100_000)).ok).toBe(false);
    expect(compileFilter('!'.repeat(100_000)).ok).toBe(false);
  });
});

it('any text: it is a filter or not, and nothing throws', () => {
  const parts = fc.constantFrom(
    ...fieldNames,
    '==',
    '!=',
    '~',
    'contains',
    '<',
    '(',
    ')',
    '&&',
    '||',
    '!',
    '"x"',
    "'",
    '5ms',
    'word',
    ' ',
    '[',
    ']',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), fc.string(), (words, more) => {
      for (const text of [words.join(' '), words.join(''), more]) {
        const compiled = compileFilter(text);
        if (compiled.ok) expect(typeof compiled.filter(exchange!)).toBe('boolean');
        else expect(compiled.problem.column).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 3000 },
  );
});

it('the documentation names every field', async () => {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(new URL('../../../docs/filter.md', import.meta.url), 'utf8');
  for (const name of fieldNames) expect(text).toContain(`\`${name}\``);
});
