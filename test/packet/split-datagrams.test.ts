import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finishChecksum, sumWords } from '../../src/packet/internet-checksum.ts';
import { PacketLayers } from '../../src/packet/packet-layers.ts';
import { splitDatagrams } from '../../src/packet/split-datagrams.ts';
import { pseudoRandomBytes } from '../support/pseudo-random.ts';
import { buildEthernet, buildUdp } from './build-packet.ts';

const v4 = { source: ['10.0.0.1', 1], destination: ['10.0.0.2', 443] } as const;
const v6 = { source: ['fd00:0:0:0:0:0:0:1', 1], destination: ['fd00:0:0:0:0:0:0:2', 443] } as const;

/** Datagrams one after the other, each with the bit that all packets of QUIC have. */
function quicPayload(lengthBytes: number, datagramBytes: number): Buffer {
  const payload = Buffer.from(pseudoRandomBytes(lengthBytes, 1));
  for (let at = 0; at < lengthBytes; at += datagramBytes) payload[at] = (payload[at] ?? 0) | 0x40;
  return payload;
}

test.each([
  ['IPv4', v4, 'raw', []],
  ['IPv6', v6, 'raw', []],
  ['IPv4 over Ethernet', v4, 'ethernet', []],
  ['IPv6 in a VLAN', v6, 'ethernet', [5]],
] as const)(
  '%s: the datagrams carry the same bytes, with lengths and checksums of their own',
  (_name, ends, linkType, tags) => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60_000 }), fc.integer({ min: 100, max: 1500 }), (total, size) => {
        const payload = quicPayload(total, size);
        const ip = buildUdp({ ...ends, payload });
        const packet = linkType === 'raw' ? ip : buildEthernet(ip, tags);
        const datagrams = splitDatagrams(packet, linkType, size);
        if (total <= size) {
          expect(datagrams).toBeUndefined();
          return;
        }
        expect(datagrams).toHaveLength(Math.ceil(total / size));
        const parts = (datagrams ?? []).map((datagram) => {
          const layers = new PacketLayers();
          expect(layers.parse(datagram, linkType)).toBe(true);
          const { ipOffset, transportOffset, payloadOffset, payloadEnd } = layers;
          expect(payloadEnd).toBe(datagram.length);
          const lengthBytes = datagram.length - transportOffset;
          expect(Buffer.from(datagram).readUInt16BE(transportOffset + 4)).toBe(lengthBytes);
          const [start, end] = ends === v4 ? [12, 20] : [8, 40];
          const pseudoHeader = sumWords(datagram, ipOffset + start, ipOffset + end) + 17 + lengthBytes;
          expect(finishChecksum(pseudoHeader + sumWords(datagram, transportOffset, datagram.length))).toBe(0);
          if (ends === v4) expect(finishChecksum(sumWords(datagram, ipOffset, ipOffset + 20))).toBe(0);
          return datagram.subarray(payloadOffset);
        });
        expect(Buffer.concat(parts).equals(payload)).toBe(true);
      }),
      { numRuns: 30 },
    );
  },
);

test('one datagram, tunnels, what is cut off and what is not UDP stay as they are', () => {
  const packet = buildUdp({ ...v4, payload: quicPayload(3000, 1000) });
  expect(splitDatagrams(packet, 'raw', 1000)).toHaveLength(3);
  expect(splitDatagrams(packet, 'raw', 0)).toBeUndefined();
  expect(splitDatagrams(packet, 'raw', 3000)).toBeUndefined();
  expect(splitDatagrams(packet.subarray(0, 2500), 'raw', 1000)).toBeUndefined();
  // VXLAN: RFC 7348 §5.
  const vxlan = Buffer.alloc(3000);
  vxlan[0] = 0x08;
  expect(splitDatagrams(buildUdp({ ...v4, payload: vxlan }), 'raw', 1000)).toBeUndefined();
  expect(splitDatagrams(Buffer.alloc(3000), 'ethernet', 1000)).toBeUndefined();
});

test('any bytes are split or not, and never an exception', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('ethernet', 'raw'),
      fc.integer({ min: -1, max: 100 }),
      (bytes, linkType, size) => {
        splitDatagrams(bytes, linkType, size);
        const packet = buildUdp({ ...v4, payload: bytes });
        packet.set(bytes.subarray(0, 20), 8);
        splitDatagrams(packet, 'raw', size);
      },
    ),
    { numRuns: 2000 },
  );
});
