import { describe, expect, test } from 'vitest';
import type { Header } from '../../../src/protocol/exchange.ts';
import { parseHeaderList } from '../../../src/protocol/http2/parse-header-list.ts';

const path: Header = [':path', '/a'];
const authority: Header = [':authority', 'h:1'];
const scheme: Header = [':scheme', 'http'];

describe('url', () => {
  const rows: readonly [string, Header[], string | null, Header[]][] = [
    ['all parts', [[':method', 'GET'], scheme, authority, path], 'http://h:1/a', []],
    ['no scheme', [authority, path], 'https://h:1/a', []],
    ['host in the place of :authority', [path, ['host', 'x']], 'https://x/a', [['host', 'x']]],
    ['both', [authority, path, ['host', 'x']], 'https://h:1/a', [['host', 'x']]],
    ['no authority', [scheme, path], '/a', []],
    ['no path: the authority is not lost', [scheme, authority], null, [authority]],
    ['OPTIONS *', [[':method', 'OPTIONS'], scheme, authority, [':path', '*']], 'http://h:1', []],
    ['a path that is none', [authority, [':path', 'x']], 'x', [authority]],
    ['CONNECT', [[':method', 'CONNECT'], authority], 'h:1', []],
    ['an authority that is none', [[':authority', 'a/b'], path], '/a', [[':authority', 'a/b']]],
    ['a repeated path', [authority, path, [':path', '/b']], 'https://h:1/a', [[':path', '/b']]],
    ['bytes', [authority, [':path', { base64: '/w==' }]], null, [authority, [':path', { base64: '/w==' }]]],
    [
      'unknown',
      [
        [null, null],
        [null, '/a'],
      ],
      null,
      [
        [null, null],
        [null, '/a'],
      ],
    ],
  ];

  test.each(rows)('%s', (_, fields, url, headers) => {
    expect(parseHeaderList(fields)).toMatchObject({ url, headers });
  });
});

describe('kind', () => {
  const rows: readonly [Header[], 'request' | 'response' | null, number | null, boolean][] = [
    [[[':status', '204']], 'response', 204, false],
    [[[':status', '2x4']], null, null, false],
    [[[':method', 'GET']], 'request', null, false],
    [[['grpc-status', '0']], null, null, true],
    [[[null, '0']], null, null, false],
    [[], null, null, false],
  ];

  test.each(rows)('%j', (fields, kind, status, isTrailers) => {
    expect(parseHeaderList(fields)).toMatchObject({ kind, status, isTrailers });
  });

  test('what is malformed or not defined stays', () => {
    const fields: Header[] = [
      [':status', '2x4'],
      [':protocol', 'websocket'],
      [':odd', 'x'],
    ];
    expect(parseHeaderList(fields).headers).toEqual(fields);
  });
});

test('content codings of several fields', () => {
  expect(
    parseHeaderList([
      ['content-encoding', 'gzip'],
      ['content-encoding', 'br'],
    ]).contentCoding,
  ).toBe('gzip, br');
});
