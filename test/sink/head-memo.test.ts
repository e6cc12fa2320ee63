import { expect, test } from 'vitest';
import { MessageRecord } from '../../src/protocol/message-record.ts';
import type { Header, HttpMessage } from '../../src/protocol/exchange.ts';
import { HeadMemo } from '../../src/sink/head-memo.ts';

test('a repeated head is made once', () => {
  const { memo, made } = countingMemo();
  const headers = frozen([['host', 'a.test']]);
  expect(memo.find(request(headers, '/'))).toBe('GET / 1');
  expect(memo.find(request(headers, '/'))).toBe('GET / 1');
  expect(made.count).toBe(1);
});

test('the same headers under another start line are another head', () => {
  const { memo } = countingMemo();
  const headers = frozen([]);
  expect(memo.find(request(headers, '/a'))).toBe('GET /a 1');
  expect(memo.find(request(headers, '/b'))).toBe('GET /b 2');
  expect(memo.find(request(headers, '/b', 'PUT'))).toBe('PUT /b 3');
  expect(memo.find(request(headers, '/a'))).toBe('GET /a 4');
});

test('headers that may still change, and long ones, are not remembered', () => {
  const { memo, made } = countingMemo();
  const changing: Header[] = [['a', 'b']];
  const long = frozen([['a', 'b'.repeat(10_000)]]);
  for (let i = 0; i < 3; i += 1) {
    memo.find(request(changing, '/'));
    memo.find(request(long, '/'));
  }
  expect(made.count).toBe(6);
});

test('ten thousand heads do not all stay', () => {
  const { memo, made } = countingMemo();
  const all = Array.from({ length: 10_000 }, (_, i) => frozen([['x', String(i)]]));
  for (const headers of all) memo.find(request(headers, '/'));
  const [first = frozen([])] = all;
  memo.find(request(first, '/'));
  expect(made.count).toBe(10_001);
});

function countingMemo(): { memo: HeadMemo<string>; made: { count: number } } {
  const made = { count: 0 };
  const memo = new HeadMemo(({ method, url }) => `${method} ${url} ${(made.count += 1)}`);
  return { memo, made };
}

function frozen(headers: readonly Header[]): readonly Header[] {
  return Object.freeze([...headers]);
}

function request(headers: readonly Header[], url: string, method = 'GET'): HttpMessage {
  const head = {
    method,
    url,
    headers,
    status: null,
    reasonPhrase: '',
    contentCoding: '',
    unitType: null,
    startTimeNs: 0,
  };
  return new MessageRecord({ ...head, direction: 'read', protocol: 'http/1.1' }, 0, 0);
}
