import fc from 'fast-check';
import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/event/format-address.ts';
import { parseAddress } from '../../src/packet/parse-address.ts';

test('what is written of an address is read back', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Long runs of zeros.
    fc
      .array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 })
      .map((list) => Uint8Array.from(list)),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const text = formatAddress(address);
      expect(parseAddress(text)).toEqual([...(text.includes(':') ? address : address.subarray(-4))]);
    }),
    { numRuns: 2000 },
  );
});

test('other ways to write one', () => {
  expect(parseAddress('::ffff:10.0.0.1')).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]);
  expect(parseAddress('FE80::1%eth0')).toEqual([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test('any text is an address exactly where Node takes it for one', () => {
  const text = fc.string({
    unit: fc.constantFrom('0', '1', 'f', '255', '256', ':', '::', '.'),
    maxLength: 16,
  });
  fc.assert(
    fc.property(text, (candidate) => {
      // Numbers with a zero in front are left to the reader's taste.
      if (/(?:^|[.:])0\d/.test(candidate) && candidate.includes('.')) return;
      expect(parseAddress(candidate) !== undefined).toBe(isIP(candidate) !== 0);
    }),
    { numRuns: 5000 },
  );
});
