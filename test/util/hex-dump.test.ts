import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatHexDump } from '../../src/util/hex-dump.ts';

test('rows of sixteen, the last one filled up', () => {
  expect(formatHexDump(Buffer.from('GET / HTTP/1.1\r\nHost'), 0x20, '  ')).toBe(
    '  00000020  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n' +
      '  00000030  48 6f 73 74                                       |Host|\n',
  );
  expect(formatHexDump(Buffer.alloc(0), 0, '')).toBe('');
});

test('every byte can be read back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (bytes, offset) => {
      const rows = formatHexDump(bytes, offset, '').split('\n').slice(0, -1);
      const hex = rows.map((row) => row.slice(10, 58).replaceAll(' ', '')).join('');
      return (
        Buffer.from(hex, 'hex').equals(bytes) &&
        rows.every((row, index) => row.startsWith((offset + 16 * index).toString(16).padStart(8, '0')))
      );
    }),
    { numRuns: 1000 },
  );
});
