import { parseNetlinkAttributes } from '../../../src/bpf/netlink-attributes.ts';
import { parseNetworkAddress } from '../../../src/packet/interfaces/network-address.ts';
import { parseNetworkLink } from '../../../src/packet/interfaces/network-link.ts';
import { helloPrefixBytes, parseClientHello } from '../../../src/packet/parse-client-hello.ts';
import { parseQuicInitial } from '../../../src/packet/quic-initial.ts';
import { parseDiagSocket } from '../../../src/packet/sockets/parse-diag-socket.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { sealInitial } from '../seal-initial.ts';

export const clientHello: FuzzTarget = {
  name: 'client-hello',
  description: 'beginnings of TCP streams, in which a ClientHello is looked for',
  corpus: () => [helloRecords([200]), helloRecords([4, 10, 100]), helloRecords([1, 1, 1, 300])],
  tokens: ['\x16\x03\x01', '\x01\x00\x01\x00\x03\x03', '\x17\x03\x03'],
  mostInputBytes: 600,
  check: (input) => {
    const result = parseClientHello(input);
    // What was decided from a beginning is not decided otherwise by more.
    for (let length = 0; length < input.length; length += 1 + (length >> 3)) {
      const early = parseClientHello(input.subarray(0, length));
      must(
        early.type === 'more' || JSON.stringify(early) === JSON.stringify(result),
        'more bytes change nothing',
      );
    }
    return result.type;
  },
};

export const netlink: FuzzTarget = {
  name: 'netlink',
  description: 'messages of rtnetlink and sock_diag: links, addresses, sockets',
  corpus: () => [
    linkMessage(),
    Buffer.alloc(72, 1),
    Buffer.concat([Buffer.alloc(8), attribute(1, Buffer.from([10, 0, 0, 1]))]),
  ],
  mostInputBytes: 600,
  check: (input, random) => {
    const attributes = parseNetlinkAttributes(input, random.below(40));
    must(attributes.size <= input.length / 4, 'an attribute takes four bytes');
    const known = [parseNetworkLink(input), parseNetworkAddress(input), parseDiagSocket(input)];
    return known.map((one) => (one === undefined ? '-' : '+')).join('');
  },
};

/** Damaged ciphertext is refused as a whole, so it is the frames inside that are mutated, most of the time. */
export const quic: FuzzTarget = {
  name: 'quic-initial',
  description: 'UDP payloads, in which the Initial packet of a QUIC client is looked for, and its frames',
  corpus: () => [
    Buffer.concat([crypto(0, 60), Buffer.alloc(40)]),
    Buffer.concat([crypto(30, 30), Buffer.of(1), crypto(0, 30), Buffer.from('0200000001', 'hex')]),
  ],
  tokens: [
    '\x06\x00\x04abcd',
    '\x06\x40\xff',
    '\x02\x00\x00\x00\x00',
    '\x01',
    '\x1c\x00\x00\x00',
    '\xff\xff\xff\xff\xff\xff\xff\xff',
  ],
  mostInputBytes: 1200,
  check: (input, random) => {
    const packet = sealInitial(input, random.word());
    if (random.below(4) === 0) packet[random.below(packet.length)] = random.below(256);
    const found = parseQuicInitial(
      packet.subarray(0, random.below(8) === 0 ? random.below(packet.length) : packet.length),
    );
    if (found === undefined) return 'none';
    const total = found.crypto.reduce((sum, { bytes }) => sum + bytes.length, 0);
    must(total <= input.length, 'no more bytes than there were');
    return `${Math.min(found.crypto.length, 3)} pieces`;
  },
};

function crypto(offset: number, lengthBytes: number): Buffer {
  return Buffer.concat([Buffer.of(6, offset, lengthBytes), Buffer.alloc(lengthBytes, offset + 1)]);
}

/** A ClientHello of 4 + 508 bytes, cut into records of these lengths and the rest. */
function helloRecords(lengths: readonly number[]): Buffer {
  const hello = Buffer.alloc(512, 7);
  Buffer.from('010001fc0303', 'hex').copy(hello);
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of [...lengths, Math.max(helloPrefixBytes, 400)]) {
    const body = hello.subarray(at, at + length);
    const header = Buffer.from('1603010000', 'hex');
    header.writeUInt16BE(body.length, 3);
    pieces.push(header, body);
    at += length;
  }
  return Buffer.concat(pieces);
}

/** struct ifinfomsg and some attributes. */
function linkMessage(): Buffer {
  const info = Buffer.alloc(16);
  info.writeUInt16LE(1, 2);
  info.writeInt32LE(2, 4);
  return Buffer.concat([
    info,
    attribute(3, Buffer.from('eth0\0')),
    attribute(4, Buffer.alloc(4, 1)),
    attribute(18, attribute(1, Buffer.from('veth\0'))),
  ]);
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}
