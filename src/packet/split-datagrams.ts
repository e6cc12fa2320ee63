import type { LinkType } from '../event/event.ts';
import { finishChecksum, sumWords } from './internet-checksum.ts';
import { PacketLayers, protocolNumber } from './packet-layers.ts';

/**
 * Cuts a super-packet of QUIC (UDP_SEGMENT of udp(7)) into the datagrams that the device would make of it, each with
 * `datagramBytes` of payload, the last with what is left: a reader takes what is in one datagram for one encrypted packet.
 * Undefined for what is not QUIC, is one datagram, or is not all there.
 */
export function splitDatagrams(
  bytes: Uint8Array,
  linkType: LinkType,
  datagramBytes: number,
): readonly Uint8Array[] | undefined {
  const layers = new PacketLayers();
  if (datagramBytes <= 0 || !layers.parse(bytes, linkType)) return undefined;
  if (layers.transport !== protocolNumber.udp || layers.isTunnelled) return undefined;
  const { ipOffset, transportOffset, payloadOffset, payloadEnd } = layers;
  if (payloadEnd - payloadOffset <= datagramBytes) return undefined;
  if (transportOffset + readLength(bytes, transportOffset + 4) !== payloadEnd) return undefined;
  for (let at = payloadOffset; at < payloadEnd; at += datagramBytes)
    if (((bytes[at] ?? 0) & quicFixedBit) === 0) return undefined;
  const datagrams: Uint8Array[] = [];
  for (let at = payloadOffset; at < payloadEnd; at += datagramBytes) {
    const payload = bytes.subarray(at, Math.min(payloadEnd, at + datagramBytes));
    const datagram = Buffer.concat([bytes.subarray(0, payloadOffset), payload]);
    fixIp(datagram, ipOffset, datagrams.length);
    fixUdp(datagram, ipOffset, transportOffset);
    datagrams.push(datagram);
  }
  return datagrams;
}

/**
 * Each packet of QUIC has it in its first byte (RFC 9000 §17), unless both ends agreed to use it otherwise (RFC 9287). What
 * VXLAN, Geneve and GUE put first has not: their super-packets are cut within.
 */
const quicFixedBit = 0x40;

function readLength(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function fixIp(datagram: Buffer, ipOffset: number, index: number): void {
  const lengthBytes = datagram.length - ipOffset;
  if ((datagram[ipOffset] ?? 0) >> 4 === 6) {
    datagram.writeUInt16BE(lengthBytes - 40, ipOffset + 4);
    return;
  }
  datagram.writeUInt16BE(lengthBytes, ipOffset + 2);
  datagram.writeUInt16BE((datagram.readUInt16BE(ipOffset + 4) + index) & 0xffff, ipOffset + 4);
  datagram.writeUInt16BE(0, ipOffset + 10);
  const headerBytes = ((datagram[ipOffset] ?? 0) & 15) * 4;
  datagram.writeUInt16BE(finishChecksum(sumWords(datagram, ipOffset, ipOffset + headerBytes)), ipOffset + 10);
}

/** RFC 768: a sum of 0 is sent as its complement. */
function fixUdp(datagram: Buffer, ipOffset: number, udpOffset: number): void {
  const lengthBytes = datagram.length - udpOffset;
  datagram.writeUInt16BE(lengthBytes, udpOffset + 4);
  datagram.writeUInt16BE(0, udpOffset + 6);
  const [start, end] = (datagram[ipOffset] ?? 0) >> 4 === 4 ? [12, 20] : [8, 40];
  const pseudoHeader =
    sumWords(datagram, ipOffset + start, ipOffset + end) + protocolNumber.udp + lengthBytes;
  const sum = finishChecksum(pseudoHeader + sumWords(datagram, udpOffset, datagram.length));
  datagram.writeUInt16BE(sum === 0 ? 0xffff : sum, udpOffset + 6);
}
