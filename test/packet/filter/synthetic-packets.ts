import type { Random } from '../../support/random.ts';

/** A frame of some kind, from an Ethernet header on. */
export function randomFrame(random: Random): Buffer {
  return shortened(random, Buffer.concat([addresses(random), randomTags(random), payload(random)]));
}

/** A packet of a device without link layer: it begins at its IP header. */
export function randomRawPacket(random: Random): Buffer {
  const packet =
    random.below(12) === 0
      ? random.bytes(20 + random.below(60))
      : (random.below(2) === 0 ? ipv4 : ipv6)(random, 1);
  return shortened(random, packet);
}

function shortened(random: Random, packet: Buffer): Buffer {
  return random.below(7) === 0 ? packet.subarray(0, Math.max(14, random.below(packet.length + 1))) : packet;
}

function addresses(random: Random): Buffer {
  const known = [
    '020000000001',
    '020000000002',
    'ffffffffffff',
    '01005e0000fb',
    '333300000001',
    '0180c2000000',
  ];
  return Buffer.from(random.pick(known) + random.pick(known.slice(0, 2)), 'hex');
}

function randomTags(random: Random): Buffer {
  const count = random.pick([0, 0, 0, 0, 1, 1, 2, 3]);
  return Buffer.concat(
    Array.from({ length: count }, () =>
      Buffer.concat([
        u16(random.pick([0x8100, 0x8100, 0x88a8, 0x9100])),
        u16(random.pick([0, 7, 101, 0x2065, 0xffff])),
      ]),
    ),
  );
}

/** From the ether type on. */
function payload(random: Random): Buffer {
  const kind = random.below(24);
  if (kind < 9) return Buffer.concat([u16(0x800), ipv4(random, 0)]);
  if (kind < 15) return Buffer.concat([u16(0x86dd), ipv6(random, 0)]);
  if (kind < 17) return Buffer.concat([u16(random.pick([0x806, 0x8035])), arp(random)]);
  if (kind < 18) return Buffer.concat([u16(random.pick([0x8847, 0x8848])), mpls(random)]);
  if (kind < 20) return pppoe(random);
  if (kind < 21) return llc(random);
  const type = random.pick([
    0x88cc,
    0x9000,
    0x6003,
    0x809b,
    0x80f3,
    0x6004,
    0x6002,
    0x800,
    0x86dd,
    random.below(0x1_0000),
  ]);
  return Buffer.concat([u16(type), random.bytes(random.below(80))]);
}

function ipv4(random: Random, depth: number): Buffer {
  const options = Buffer.alloc(random.pick([0, 0, 0, 4, 20]), 1);
  const protocol = random.pick([6, 6, 6, 17, 17, 1, 2, 132, 50, 51, 112, 4, 41, random.below(256)]);
  const body = transport(random, protocol, depth);
  const header = Buffer.alloc(20);
  const headerWords = random.below(30) === 0 ? random.below(16) : 5 + options.length / 4;
  header[0] = (random.below(40) === 0 ? random.below(256) & 0xf0 : 0x40) | headerWords;
  header[1] = random.pick([0, 0, 1, 4, 0xb8, 64]);
  header.writeUInt16BE((20 + options.length + body.length) & 0xffff, 2);
  header.writeUInt16BE(random.pick([1, random.below(0x1_0000)]), 4);
  header.writeUInt16BE(random.pick([0, 0, 0x4000, 0x4000, 0x2000, 0x2001, 0x00b9, 0x1fff]), 6);
  header[8] = random.pick([1, 2, 8, 64, 255]);
  header[9] = protocol;
  header.set(ipv4Address(random), 12);
  header.set(ipv4Address(random), 16);
  return Buffer.concat([header, options, body]);
}

function ipv4Address(random: Random): Buffer {
  return Buffer.from(
    random.pick([
      '0a000001',
      '0a000001',
      '0a000002',
      '0a000009',
      'c0a8014d',
      'e00000fb',
      'ffffffff',
      '08000001',
      '7f000001',
    ]),
    'hex',
  );
}

function ipv6(random: Random, depth: number): Buffer {
  const protocol = random.pick([6, 6, 17, 17, 58, 132, 50, random.below(256)]);
  let next = protocol;
  let body = transport(random, protocol, depth);
  for (let count = random.pick([0, 0, 0, 1, 2]); count > 0; count--) {
    const type = random.pick([0, 43, 44, 44, 60, 51]);
    body = Buffer.concat([extension(random, type, next), body]);
    next = type;
  }
  const header = Buffer.alloc(40);
  header[0] = random.below(40) === 0 ? random.below(256) : 0x60;
  header.writeUInt16BE(body.length & 0xffff, 4);
  header[6] = next;
  header[7] = random.pick([1, 63, 64, 255]);
  header.set(ipv6Address(random), 8);
  header.set(ipv6Address(random), 24);
  return Buffer.concat([header, body]);
}

function ipv6Address(random: Random): Buffer {
  const tail = random.pick(['1', '2', '9']).padStart(24, '0');
  const known = [
    `20010db8${tail}`,
    `20010db8${tail}`,
    `fe800000${tail}`,
    `ff020000${tail}`,
    `00000000${tail}`,
  ];
  return Buffer.from(random.pick(known), 'hex');
}

function extension(random: Random, type: number, next: number): Buffer {
  const fragment = type === 44;
  const bytes = Buffer.alloc(fragment ? 8 : random.pick([8, 8, 16]));
  bytes[0] = next;
  bytes[1] = fragment ? 0 : type === 51 ? bytes.length / 4 - 2 : bytes.length / 8 - 1;
  if (fragment) bytes.writeUInt16BE(random.pick([0, 1, 0x0008, 0x0ff1]), 2);
  return bytes;
}

function transport(random: Random, protocol: number, depth: number): Buffer {
  const data =
    random.below(3) === 0
      ? Buffer.from('GET / HTTP/1.1\r\n\r\n')
      : random.bytes(random.pick([0, 1, 6, 20, 90]));
  switch (protocol) {
    case 6:
      return tcp(random, data);
    case 17:
      return udp(random, data);
    case 1:
    case 58:
      return Buffer.concat([
        Buffer.from([random.pick([0, 3, 8, 128, 135]), random.below(3), 0, 0, 0, 1, 0, 1]),
        data,
      ]);
    case 132:
      return Buffer.concat([u16(port(random)), u16(port(random)), Buffer.alloc(8), data]);
    case 4:
      return depth < 2 ? ipv4(random, depth + 1) : data;
    case 41:
      return depth < 2 ? ipv6(random, depth + 1) : data;
    default:
      return data;
  }
}

function tcp(random: Random, data: Buffer): Buffer {
  const options = Buffer.alloc(random.pick([0, 0, 12, 20]), 1);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(port(random), 0);
  header.writeUInt16BE(port(random), 2);
  header.writeUInt32BE(random.pick([1, random.word()]), 4);
  header[12] = (random.below(20) === 0 ? random.below(16) : 5 + options.length / 4) << 4;
  header[13] = random.pick([0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x29, random.below(256)]);
  return Buffer.concat([header, options, data]);
}

function udp(random: Random, data: Buffer): Buffer {
  const isGeneve = random.below(8) === 0;
  const body = isGeneve ? geneve(random) : data;
  const ports = [u16(port(random)), u16(isGeneve ? 6081 : port(random))];
  return Buffer.concat([...ports, u16(8 + body.length), u16(0), body]);
}

function geneve(random: Random): Buffer {
  const options = Buffer.alloc(random.pick([0, 0, 8]));
  const header = Buffer.from([options.length / 4, 0, 0x65, 0x58, 0, 0, random.pick([5, 6]), 0]);
  return Buffer.concat([header, options, addresses(random), u16(0x800), ipv4(random, 2)]);
}

function port(random: Random): number {
  return random.pick([443, 443, 80, 53, 22, 8080, 5353, 67, 50_000, 0x0800, random.below(0x1_0000)]);
}

function arp(random: Random): Buffer {
  const start = Buffer.from([0, random.pick([1, 1, 6]), 8, 0, 6, 4, 0, random.pick([1, 2])]);
  const mac = Buffer.from('020000000001', 'hex');
  return Buffer.concat([
    start,
    mac,
    ipv4Address(random),
    Buffer.alloc(6),
    ipv4Address(random),
    Buffer.alloc(18),
  ]);
}

function mpls(random: Random): Buffer {
  const count = random.pick([1, 2, 3]);
  const labels = Array.from({ length: count }, (_, index) => {
    const label = Buffer.alloc(4);
    const isLast = index === count - 1;
    label.writeUInt32BE(((random.pick([100, 200, 100_000]) << 12) | (isLast ? 0x100 : 0) | 64) >>> 0);
    return label;
  });
  return Buffer.concat([...labels, (random.below(3) > 0 ? ipv4 : ipv6)(random, 1)]);
}

function pppoe(random: Random): Buffer {
  if (random.below(4) === 0)
    return Buffer.concat([u16(0x8863), Buffer.from([0x11, 9]), u16(0), random.bytes(20)]);
  const is4 = random.below(3) > 0;
  const body = Buffer.concat([u16(is4 ? 0x21 : 0x57), (is4 ? ipv4 : ipv6)(random, 1)]);
  return Buffer.concat([
    u16(0x8864),
    Buffer.from([0x11, 0]),
    u16(random.pick([291, 5])),
    u16(body.length),
    body,
  ]);
}

/** 802.2: a length, not a type. */
function llc(random: Random): Buffer {
  const sap = random.pick([0x42, 0xaa, 0xfe, 0xe0, 0xf0, 0xff, random.below(256)]);
  const control = random.pick([0x03, 0x00, 0x01, 0x05, random.below(256)]);
  const snap = Buffer.concat([
    Buffer.from([0, 0, random.pick([0, 8])]),
    u16(random.pick([0x809b, 0x80f3, 0x800])),
  ]);
  const nlpid = Buffer.from([random.pick([0x81, 0x82, 0x83])]);
  const body = Buffer.concat([
    Buffer.from([sap, sap, control]),
    sap === 0xaa ? snap : nlpid,
    random.bytes(random.below(60)),
  ]);
  return Buffer.concat([u16(body.length), body]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
