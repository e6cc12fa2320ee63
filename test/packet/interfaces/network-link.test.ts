import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseNetworkAddress } from '../../../src/packet/interfaces/network-address.ts';
import { findLinkType, parseNetworkLink } from '../../../src/packet/interfaces/network-link.ts';

/** { length, type, value } padded to 4 bytes. */
function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

function linkMessage(hardwareType: number, index: number, flags: number, name: string): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16LE(hardwareType, 2);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  return Buffer.concat([
    header,
    attribute(4, Buffer.of(1, 2, 3, 4)),
    attribute(3, Buffer.from(`${name}\0`)),
    attribute(1, Buffer.of(1)),
  ]);
}

it('a link is told with its name, number, type and flags', () => {
  expect(parseNetworkLink(linkMessage(772, 1, 0x49, 'lo'))).toEqual({
    index: 1,
    name: 'lo',
    hardwareType: 772,
    isUp: true,
    isLoopback: true,
  });
  expect(parseNetworkLink(linkMessage(1, 7, 0x1002, 'véth0'))).toMatchObject({
    name: 'véth0',
    isUp: false,
    isLoopback: false,
  });
});

it('link types are those whose packets begin with Ethernet or IP', () => {
  expect([1, 772, 65_534, 519, 768, 776, 778].map(findLinkType)).toEqual([
    'ethernet',
    'ethernet',
    'raw',
    'raw',
    'raw',
    'raw',
    'raw',
  ]);
  // IEEE 802.11 with radiotap, InfiniBand.
  expect([803, 32].map(findLinkType)).toEqual([undefined, undefined]);
});

it('an address is our own where there is a peer', () => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(7, 4);
  const peer = attribute(1, Buffer.of(10, 0, 0, 2));
  const own = attribute(2, Buffer.of(10, 0, 0, 1));
  expect(parseNetworkAddress(Buffer.concat([header, peer, own]))).toEqual({
    interfaceIndex: 7,
    address: '0a000001',
  });
  expect(parseNetworkAddress(Buffer.concat([header, attribute(1, Buffer.alloc(16, 0xfe))]))).toEqual({
    interfaceIndex: 7,
    address: 'fe'.repeat(16),
  });
});

it('any bytes are borne', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseNetworkLink(Buffer.from(bytes));
      parseNetworkAddress(Buffer.from(bytes));
    }),
    { numRuns: 5000 },
  );
});
