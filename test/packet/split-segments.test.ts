import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finishChecksum, sumWords, tcpChecksum } from '../../src/packet/internet-checksum.ts';
import { PacketLayers } from '../../src/packet/packet-layers.ts';
import { splitSegments } from '../../src/packet/split-segments.ts';
import { pseudoRandomBytes } from '../support/pseudo-random.ts';
import { buildEthernet, buildTcp, buildUdp } from './build-packet.ts';

const v4 = { source: ['10.0.0.1', 1], destination: ['10.0.0.2', 2] } as const;
const v6 = { source: ['fd00:0:0:0:0:0:0:1', 1], destination: ['fd00:0:0:0:0:0:0:2', 2] } as const;

test.each([
  ['IPv4', v4, 'raw', []],
  ['IPv6, with a jumbo length', v6, 'raw', []],
  ['IPv4 over Ethernet', v4, 'ethernet', []],
  ['IPv6 in a VLAN', v6, 'ethernet', [5]],
] as const)(
  '%s: the segments carry the same bytes, with lengths and checksums of their own',
  (_name, ends, linkType, tags) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000 }), fc.nat(0xffffffff), (lengthBytes, sequence) => {
        const payload = pseudoRandomBytes(lengthBytes, 1);
        // Congestion window reduced, ACK, push, FIN.
        const ip = buildTcp({ ...ends, sequence, flags: 0x99, payload });
        const packet = linkType === 'raw' ? ip : buildEthernet(ip, tags);
        const segments = splitSegments(packet, linkType) ?? [];
        let next = sequence;
        const parts: Uint8Array[] = [];
        for (const [i, segment] of segments.entries()) {
          const layers = new PacketLayers();
          expect(layers.parse(segment, linkType)).toBe(true);
          expect(layers.payloadEnd).toBe(segment.length);
          expect(segment.length - layers.ipOffset).toBeLessThanOrEqual(65_535);
          expect(layers.tcpSequence(segment)).toBe(next);
          expect(layers.tcpFlags(segment)).toBe(
            0x10 | (i === 0 ? 0x80 : 0) | (i === segments.length - 1 ? 0x09 : 0),
          );
          expect(tcpChecksum(segment, layers.ipOffset, layers.transportOffset)).toBe(0);
          if (ends === v4)
            expect(finishChecksum(sumWords(segment, layers.ipOffset, layers.ipOffset + 20))).toBe(0);
          parts.push(segment.subarray(layers.payloadOffset));
          next = (next + segment.length - layers.payloadOffset) >>> 0;
        }
        expect(Buffer.concat(parts).equals(payload)).toBe(true);
      }),
      { numRuns: 12 },
    );
  },
);

test('the checksum of RFC 1071', () => {
  const bytes = Buffer.from('0001f203f4f5f6f7', 'hex');
  expect(finishChecksum(sumWords(bytes, 0, 8))).toBe(0x220d);
});

test('what is not TCP is not split', () => {
  expect(splitSegments(buildUdp({ ...v4, payload: Buffer.alloc(100) }), 'raw')).toBeUndefined();
  expect(splitSegments(Buffer.alloc(300_000), 'ethernet')).toBeUndefined();
});

test('any bytes are split or not, and never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('ethernet', 'raw'), (bytes, linkType) => {
      splitSegments(bytes, linkType);
      const packet = buildTcp({ ...v4, payload: bytes });
      packet.set(bytes.subarray(0, 20), 20);
      splitSegments(packet, 'raw');
    }),
    { numRuns: 2000 },
  );
});
