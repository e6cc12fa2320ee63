import { isIPv4 } from 'node:net';

export interface TcpPacket {
  readonly source: readonly [address: string, port: number];
  readonly destination: readonly [address: string, port: number];
  readonly sequence?: number;
  /** fin 1, syn 2, rst 4, psh 8, ack 16 */
  readonly flags?: number;
  readonly payload?: Uint8Array;
}

/** An IP packet with TCP in it, without checksums; addresses are full ones, without `::`, in IPv6. */
export function buildTcp(packet: TcpPacket): Buffer {
  const payload = packet.payload ?? new Uint8Array(0);
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(packet.source[1], 0);
  tcp.writeUInt16BE(packet.destination[1], 2);
  tcp.writeUInt32BE(packet.sequence ?? 1, 4);
  tcp[12] = 0x50;
  tcp[13] = packet.flags ?? 0x10;
  tcp.writeUInt16BE(0xffff, 14);
  return buildIp(packet.source[0], packet.destination[0], 6, Buffer.concat([tcp, payload]));
}

export function buildUdp(packet: Omit<TcpPacket, 'sequence' | 'flags'>): Buffer {
  const payload = packet.payload ?? new Uint8Array(0);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(packet.source[1], 0);
  udp.writeUInt16BE(packet.destination[1], 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  return buildIp(packet.source[0], packet.destination[0], 17, Buffer.concat([udp, payload]));
}

/** `tags` are ids of VLANs, the outer one first. */
export function buildEthernet(ip: Uint8Array, tags: readonly number[] = []): Buffer {
  const header = Buffer.from('0242ac1100020242ac110003', 'hex');
  const tagged = tags.map((tag, i) =>
    Buffer.of(
      i === 0 && tags.length > 1 ? 0x88 : 0x81,
      i === 0 && tags.length > 1 ? 0xa8 : 0,
      tag >> 8,
      tag & 255,
    ),
  );
  const type = (ip[0] ?? 0) >> 4 === 6 ? Buffer.of(0x86, 0xdd) : Buffer.of(0x08, 0x00);
  return Buffer.concat([header, ...tagged, type, ip]);
}

function buildIp(source: string, destination: string, protocol: number, payload: Buffer): Buffer {
  if (isIPv4(source)) {
    const header = Buffer.alloc(20);
    header[0] = 0x45;
    // Super-packets beyond 64 KiB say 0.
    header.writeUInt16BE(20 + payload.length > 0xffff ? 0 : 20 + payload.length, 2);
    header.writeUInt16BE(7, 4);
    header[8] = 64;
    header[9] = protocol;
    Buffer.from(source.split('.').map(Number)).copy(header, 12);
    Buffer.from(destination.split('.').map(Number)).copy(header, 16);
    return Buffer.concat([header, payload]);
  }
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length > 0xffff ? 0 : payload.length, 4);
  header[6] = protocol;
  header[7] = 64;
  address6(source).copy(header, 8);
  address6(destination).copy(header, 24);
  if (payload.length <= 0xffff) return Buffer.concat([header, payload]);
  const jumbo = Buffer.of(protocol, 0, 0xc2, 4, 0, 0, 0, 0);
  jumbo.writeUInt32BE(payload.length + 8, 4);
  header[6] = 0;
  return Buffer.concat([header, jumbo, payload]);
}

function address6(text: string): Buffer {
  const groups = text.split(':').map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

/** The start of a ClientHello in one TLS record, with this random. */
export function buildClientHello(clientRandom: string, lengthBytes: number = 200): Buffer {
  const body = Buffer.concat([
    Buffer.of(3, 3),
    Buffer.from(clientRandom, 'hex'),
    Buffer.alloc(lengthBytes - 34, 0x11),
  ]);
  return buildRecord(Buffer.concat([Buffer.of(1, 0, body.length >> 8, body.length & 255), body]));
}

export function buildRecord(handshake: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(22, 3, 1, handshake.length >> 8, handshake.length & 255), handshake]);
}
