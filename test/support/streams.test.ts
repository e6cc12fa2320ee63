import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compareStreams, type EndpointTruth } from './compare-streams.ts';
import type { JsonRecord } from './json-record.ts';
import { assembleConnections } from './streams.ts';

const truth: EndpointTruth = {
  pid: 7,
  role: 'client',
  fd: 3,
  local: '127.0.0.1:5000',
  remote: '127.0.0.1:443',
  read: { bytes: 5, sha256: sha256('hello') },
  write: { bytes: 3, sha256: sha256('abc') },
};

const open: JsonRecord = {
  type: 'open',
  connection: 1,
  pid: 7,
  role: 'client',
  fd: 3,
  local: { address: '::ffff:127.0.0.1', port: 5000 },
  remote: { address: '127.0.0.1', port: 443 },
};
const hello = data('read', 0, 'hel');
const lo: JsonRecord = { ...data('read', 3, ''), length: 2, text: undefined, base64: 'bG8=' };
const abc = data('write', 0, 'abc');

describe('what end-to-end tests compare with', () => {
  test('equal streams have no problem', () => {
    expect(problems([open, hello, abc, lo])).toEqual([]);
  });

  test.each([
    ['a byte differs', [open, data('read', 0, 'heL'), abc, lo], /other content/],
    ['bytes are missing at the end', [open, hello, abc], /3 bytes captured of 5/],
    ['a piece came twice', [open, hello, hello, abc, lo], /offset 0 where 3 was due/],
    ['pieces are swapped', [open, lo, hello, abc], /offset 3 where 0 was due/],
    ['a gap', [open, hello, { ...lo, type: 'gap', reason: 'ring-full' }, abc], /gaps: ring-full 2 at 3/],
    ['a wrong length', [open, { ...hello, length: 4 }, abc, lo], /length 4 of 3 bytes/],
    ['nothing captured', [], /captured 0 times/],
    ['captured twice', [open, hello, abc, lo, { ...open, connection: 2 }], /captured 2 times/],
    ['an unknown connection', [open, hello, abc, lo, { ...open, connection: 2, local: null }], /unknown to/],
    ['the other role', [{ ...open, role: 'server' }, hello, abc, lo], /captured 0 times/],
    ['data before open', [hello, open, abc, lo], /data before open/],
    ['data after close', [open, hello, { type: 'close', connection: 1 }, abc, lo], /data after close/],
  ])('%s is found', (_, records, problem) => {
    expect(problems(records).join('\n')).toMatch(problem);
  });
});

function problems(records: readonly JsonRecord[]): string[] {
  return compareStreams([truth], assembleConnections(records));
}

function data(direction: string, offset: number, text: string): JsonRecord {
  return { type: 'data', connection: 1, direction, offset, length: text.length, text };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
