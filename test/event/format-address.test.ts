import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatAddress } from '../../src/event/format-address.ts';

it.each([
  [[127, 0, 0, 1], '127.0.0.1'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], '::1'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], '::'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 7], '10.0.0.7'],
  [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1], '2001:db8::1:0:0:1'],
  [[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'fe80::'],
])('writes %j as %s', (bytes, text) => {
  expect(formatAddress(Uint8Array.from(bytes))).toBe(text);
});

// The URL standard serialises IPv6 hosts by the same rules (RFC 5952), so Node's parser is an independent judge.
it('any IPv6 address is written as URLs write it', () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      // An IPv4-mapped address is written as IPv4 here, as hex there.
      fc.pre(!groups.slice(0, 5).every((one) => one === 0) || groups[5] !== 0xffff);
      const bytes = Uint8Array.from(groups.flatMap((one) => [one >> 8, one & 0xff]));
      const url = new URL(`http://[${groups.map((one) => one.toString(16)).join(':')}]/`);
      expect(`[${formatAddress(bytes)}]`).toBe(url.hostname);
    }),
    { numRuns: 2000 },
  );
});
