import type { LinkType } from '../../../src/event/event.ts';
import { HandshakeFinder } from '../../../src/packet/handshake-finder.ts';
import { PacketLayers, protocolNumber } from '../../../src/packet/packet-layers.ts';
import { splitSegments } from '../../../src/packet/split-segments.ts';
import { buildClientHello, buildEthernet, buildTcp, buildUdp } from '../../packet/build-packet.ts';
import { randomFrame, randomRawPacket } from '../../packet/filter/synthetic-packets.ts';
import { Random } from '../../support/random.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { sealInitial } from '../seal-initial.ts';

export const packetHeaders: FuzzTarget = {
  name: 'packet-headers',
  description: 'packets: headers of IP, TCP and UDP, cutting of super-packets',
  corpus: () => {
    const random = new Random(1);
    const packets = Array.from({ length: 600 }, () => random.pick([randomFrame, randomRawPacket])(random));
    return packets.filter((packet) => new PacketLayers().parse(packet, linkTypeOf(packet)));
  },
  tokens: ['\x08\x00', '\x86\xdd', '\x81\x00\x00\x05', '\x45\x00', '\x60\x00\x00\x00', '\x2c\x00\x00\x00'],
  mostInputBytes: 2000,
  check: (input) => {
    const linkType = linkTypeOf(input);
    const layers = new PacketLayers();
    if (!layers.parse(input, linkType)) return 'other';
    const { ipOffset, transportOffset, payloadOffset, payloadEnd } = layers;
    const isInOrder =
      ipOffset < transportOffset && transportOffset < payloadOffset && payloadOffset <= payloadEnd;
    must(isInOrder && payloadEnd <= input.length, 'headers one after the other, within the packet');
    const segments = splitSegments(input, linkType);
    if (segments === undefined) return layers.transport === protocolNumber.tcp ? 'tcp in a tunnel' : 'udp';
    const payloads = segments.map((segment) => payloadOf(segment, linkType));
    must(
      Buffer.concat(payloads).equals(input.subarray(payloadOffset, payloadEnd)),
      'segments have the payload',
    );
    return 'tcp';
  },
};

export const handshakes: FuzzTarget = {
  name: 'handshakes',
  description: 'some packets, one after the other, in which handshakes of TLS and QUIC are looked for',
  corpus: () => {
    const hello = buildClientHello('5a'.repeat(32), 300);
    const cut = [hello.subarray(0, 20), hello.subarray(20, 60), hello.subarray(60)];
    const initial = sealInitial(
      Buffer.concat([Buffer.of(6, 0, 60), Buffer.alloc(60, 1), Buffer.alloc(1100)]),
      1,
    );
    return [
      join([buildEthernet(tcp(1, hello)), buildEthernet(tcp(301, Buffer.alloc(0), 0x11))]),
      join([tcp(1, cut[0]), tcp(21, cut[1]), tcp(61, cut[2]), tcp(400, Buffer.alloc(0), 4)], 'raw'),
      join([buildEthernet(buildUdp({ ...ends, payload: initial }), [5])]),
    ];
  },
  tokens: ['\x16\x03\x01', '\x01\x00\x01\x28\x03\x03'],
  mostInputBytes: 4000,
  check: (input) => {
    const finder = new HandshakeFinder();
    const linkType: LinkType = ((input[0] ?? 0) & 1) === 0 ? 'ethernet' : 'raw';
    const signs = split(input).flatMap((packet) => finder.find(packet, linkType) ?? []);
    for (const sign of signs)
      must(sign.type === 'end' || /^[\da-f]{64}$/.test(sign.clientRandom), 'a random is 32 bytes');
    return [...new Set(signs.map(({ type }) => type))].sort().join(', ') || 'none';
  },
};

/** The made addresses of Ethernet begin with nothing that could be a version of IP. */
function linkTypeOf(packet: Buffer): LinkType {
  const version = (packet[0] ?? 0) >> 4;
  return version === 4 || version === 6 ? 'raw' : 'ethernet';
}

function payloadOf(segment: Uint8Array, linkType: LinkType): Uint8Array {
  const layers = new PacketLayers();
  must(layers.parse(segment, linkType) && layers.transport === protocolNumber.tcp, 'a segment is a packet');
  return segment.subarray(layers.payloadOffset, layers.payloadEnd);
}

const ends = { source: ['10.0.0.1', 50_000], destination: ['10.0.0.2', 443] } as const;

function tcp(sequence: number, payload: Buffer = Buffer.alloc(0), flags = 0x18): Buffer {
  return buildTcp({ ...ends, sequence, flags, payload });
}

/** The first byte says the link type; then length and bytes of each packet. */
function join(packets: readonly Buffer[], linkType: LinkType = 'ethernet'): Buffer {
  const parts = packets.flatMap((packet) => [Buffer.of(packet.length >> 8, packet.length & 0xff), packet]);
  return Buffer.concat([Buffer.of(linkType === 'ethernet' ? 0 : 1), ...parts]);
}

function split(input: Buffer): readonly Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 1; at + 2 <= input.length;) {
    const end = at + 2 + input.readUInt16BE(at);
    packets.push(input.subarray(at + 2, end));
    at = end;
  }
  return packets;
}
