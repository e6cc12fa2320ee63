import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDiagRequest } from '../../../src/packet/sockets/diag-request.ts';
import { parseDiagSocket } from '../../../src/packet/sockets/parse-diag-socket.ts';

/** As Linux 6.18 answered for a listener on 127.0.0.1:8080; `ss -ltne` showed `ino:1923921 sk:3a3a`. */
const listener = Buffer.from(
  '020a00001f9000007f00000100000000000000000000000000000000000000000000000000000000' +
    '000000003a3a0000000000000000000000000000ff01000000000000515b1d00',
  'hex',
);

test('a socket’s cookie and inode', () => {
  expect(parseDiagSocket(listener)).toEqual({ cookie: 0x3a3an, inode: 1_923_921 });
});

test('attributes that follow change nothing', () => {
  expect(parseDiagSocket(Buffer.concat([listener, Buffer.alloc(20, 0xff)]))).toEqual(
    parseDiagSocket(listener),
  );
});

test('what is cut short is no socket, and no bytes are refused with an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 160 }), (bytes) => {
      const parsed = parseDiagSocket(Buffer.from(bytes));
      expect(parsed === undefined).toBe(bytes.length < 72);
    }),
    { numRuns: 10_000 },
  );
});

test('a request asks for one family and protocol, in every state', () => {
  const request = formatDiagRequest({ family: 10, protocol: 17 });
  expect(request.subarray(0, 8).toString('hex')).toBe('0a110000ffffffff');
  expect(request).toHaveLength(56);
});
