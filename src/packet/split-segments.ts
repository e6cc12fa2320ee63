import type { LinkType } from '../event/event.ts';
import { finishChecksum, sumWords, tcpChecksum } from './internet-checksum.ts';
import { PacketLayers, protocolNumber } from './packet-layers.ts';

/** What the length field of IP can say, with header. */
const maxIpBytes = 65_535;

/**
 * Cuts a TCP super-packet, as segmentation offload makes them, into segments that the lengths of IP can describe: each
 * with its sequence number, length and checksums. Undefined for what is not TCP in one IP header.
 */
export function splitSegments(bytes: Uint8Array, linkType: LinkType): readonly Uint8Array[] | undefined {
  const layers = new PacketLayers();
  if (!layers.parse(bytes, linkType) || layers.transport !== protocolNumber.tcp || layers.isTunnelled)
    return undefined;
  const { ipOffset, payloadOffset, payloadEnd } = layers;
  const header = withoutJumboOption(bytes.slice(0, payloadOffset), ipOffset);
  const tcpOffset = layers.transportOffset - (payloadOffset - header.length);
  const chunkBytes = maxIpBytes - (header.length - ipOffset);
  const segments: Uint8Array[] = [];
  for (let at = payloadOffset; at < payloadEnd; at += chunkBytes) {
    const chunk = bytes.subarray(at, Math.min(payloadEnd, at + chunkBytes));
    const segment = Buffer.concat([header, chunk]);
    const isFirst = at === payloadOffset;
    fixIp(segment, ipOffset, segments.length);
    segment.writeUInt32BE((segment.readUInt32BE(tcpOffset + 4) + at - payloadOffset) >>> 0, tcpOffset + 4);
    const flags = segment[tcpOffset + 13] ?? 0;
    segment[tcpOffset + 13] =
      flags & (isFirst ? 0xff : ~cwr) & (at + chunkBytes >= payloadEnd ? 0xff : ~(fin | psh));
    segment.writeUInt16BE(0, tcpOffset + 16);
    segment.writeUInt16BE(tcpChecksum(segment, ipOffset, tcpOffset), tcpOffset + 16);
    segments.push(segment);
  }
  return segments;
}

const fin = 0x01;
const psh = 0x08;
const cwr = 0x80;

/** The length and, in IPv4, identification and checksum. */
function fixIp(segment: Buffer, ipOffset: number, index: number): void {
  const lengthBytes = segment.length - ipOffset;
  if ((segment[ipOffset] ?? 0) >> 4 === 6) {
    segment.writeUInt16BE(lengthBytes - 40, ipOffset + 4);
    return;
  }
  segment.writeUInt16BE(lengthBytes, ipOffset + 2);
  segment.writeUInt16BE((segment.readUInt16BE(ipOffset + 4) + index) & 0xffff, ipOffset + 4);
  segment.writeUInt16BE(0, ipOffset + 10);
  const headerBytes = ((segment[ipOffset] ?? 0) & 15) * 4;
  segment.writeUInt16BE(finishChecksum(sumWords(segment, ipOffset, ipOffset + headerBytes)), ipOffset + 10);
}

/** The kernel puts a hop-by-hop header with nothing but a jumbo length (RFC 2675) into IPv6 packets beyond 64 KiB. */
function withoutJumboOption(header: Uint8Array, ipOffset: number): Uint8Array {
  const options = ipOffset + 40;
  const isJumbo =
    (header[ipOffset] ?? 0) >> 4 === 6 &&
    header[ipOffset + 6] === 0 &&
    header[options + 1] === 0 &&
    header[options + 2] === 0xc2 &&
    header[options + 3] === 4;
  if (!isJumbo) return header;
  const rest = new Uint8Array(header.length - 8);
  rest.set(header.subarray(0, options));
  rest.set(header.subarray(options + 8), options);
  rest[ipOffset + 6] = header[options] ?? 0;
  return rest;
}
