import type { LinkType } from '../event/event.ts';

export const protocolNumber = { tcp: 6, udp: 17 } as const;

/**
 * Where the headers of a packet are. One object serves any number of packets, one after the other: nothing is allocated
 * for a packet. Tags of VLANs, extension headers of IPv6 and IP in IP are passed over.
 */
export class PacketLayers {
  /** 4, 6, or 0: nothing of what follows holds. */
  ipVersion = 0;
  /** Start of the (innermost) IP header. */
  ipOffset = 0;
  /** There is another IP header before it. */
  isTunnelled = false;
  /** 6, 17, or 0: no transport header is there, or one that we do not know. */
  transport = 0;
  transportOffset = 0;
  /** What TCP or UDP carry, padding of short Ethernet frames left out. */
  payloadOffset = 0;
  payloadEnd = 0;

  /** Whether it is TCP or UDP, with the whole transport header there. */
  parse(bytes: Uint8Array, linkType: LinkType): boolean {
    this.ipVersion = 0;
    this.transport = 0;
    this.isTunnelled = false;
    const start = linkType === 'ethernet' ? findNetworkHeader(bytes) : 0;
    return start >= 0 && this.#parseIp(bytes, start, maxNesting);
  }

  /** Flags of TCP; the packet must be TCP. */
  tcpFlags(bytes: Uint8Array): number {
    return bytes[this.transportOffset + 13] ?? 0;
  }

  tcpSequence(bytes: Uint8Array): number {
    return read32(bytes, this.transportOffset + 4);
  }

  #parseIp(bytes: Uint8Array, offset: number, nesting: number): boolean {
    const version = (bytes[offset] ?? 0) >> 4;
    if (version === 4) return this.#parseIpv4(bytes, offset, nesting);
    return version === 6 && this.#parseIpv6(bytes, offset, nesting);
  }

  #parseIpv4(bytes: Uint8Array, offset: number, nesting: number): boolean {
    const headerBytes = ((bytes[offset] ?? 0) & 15) * 4;
    if (headerBytes < 20 || offset + headerBytes > bytes.length) return false;
    this.ipVersion = 4;
    this.ipOffset = offset;
    // A fragment that is not the first has no transport header.
    if ((read16(bytes, offset + 6) & 0x1fff) !== 0) return false;
    // 0 in super-packets beyond 64 KiB.
    const totalBytes = read16(bytes, offset + 2);
    const end = totalBytes === 0 ? bytes.length : Math.min(bytes.length, offset + totalBytes);
    return this.#parseNext(bytes, bytes[offset + 9] ?? 0, offset + headerBytes, end, nesting);
  }

  #parseIpv6(bytes: Uint8Array, offset: number, nesting: number): boolean {
    if (offset + 40 > bytes.length) return false;
    this.ipVersion = 6;
    this.ipOffset = offset;
    const payloadBytes = read16(bytes, offset + 4);
    const end = payloadBytes === 0 ? bytes.length : Math.min(bytes.length, offset + 40 + payloadBytes);
    let next = bytes[offset + 6] ?? 0;
    let at = offset + 40;
    for (let i = 0; i < maxExtensionHeaders && isExtension(next); i += 1) {
      if (at + 8 > bytes.length) return false;
      if (next === fragmentHeader && (read16(bytes, at + 2) & 0xfff8) !== 0) return false;
      const lengthBytes = next === fragmentHeader ? 8 : extensionLength(next, bytes[at + 1] ?? 0);
      next = bytes[at] ?? 0;
      at += lengthBytes;
    }
    return this.#parseNext(bytes, next, at, end, nesting);
  }

  #parseNext(bytes: Uint8Array, protocol: number, at: number, end: number, nesting: number): boolean {
    if (protocol === ipInIp || protocol === ipv6InIp) {
      this.isTunnelled = true;
      return nesting > 0 && at < bytes.length && this.#parseIp(bytes, at, nesting - 1);
    }
    if (protocol === protocolNumber.tcp) {
      const headerBytes = ((bytes[at + 12] ?? 0) >> 4) * 4;
      if (headerBytes < 20 || at + headerBytes > end) return false;
      return this.#found(protocol, at, at + headerBytes, end);
    }
    if (protocol === protocolNumber.udp) return at + 8 <= end && this.#found(protocol, at, at + 8, end);
    return false;
  }

  #found(transport: number, at: number, payloadOffset: number, end: number): true {
    this.transport = transport;
    this.transportOffset = at;
    this.payloadOffset = payloadOffset;
    this.payloadEnd = end;
    return true;
  }
}

const maxNesting = 2;
const maxTags = 4;
const maxExtensionHeaders = 8;
const ipInIp = 4;
const ipv6InIp = 41;
const fragmentHeader = 44;
const authenticationHeader = 51;

/** -1 where it is not IP. */
function findNetworkHeader(bytes: Uint8Array): number {
  let at = 12;
  for (let tags = 0; tags <= maxTags; tags += 1) {
    const type = read16(bytes, at);
    if (type === 0x0800 || type === 0x86dd) return at + 2;
    // 802.1Q, 802.1ad, and the type of QinQ before there was a standard.
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) return -1;
    at += 4;
  }
  return -1;
}

/** Hop-by-hop options, routing, fragment, authentication, destination options, mobility: RFC 8200 §4. */
function isExtension(next: number): boolean {
  return (
    next === 0 ||
    next === 43 ||
    next === fragmentHeader ||
    next === authenticationHeader ||
    next === 60 ||
    next === 135
  );
}

function extensionLength(header: number, field: number): number {
  return header === authenticationHeader ? (field + 2) * 4 : (field + 1) * 8;
}

function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function read32(bytes: Uint8Array, at: number): number {
  return ((read16(bytes, at) << 16) | read16(bytes, at + 2)) >>> 0;
}
