import type { InterfaceEvent, LinkType, PacketDirection } from '../event/event.ts';

/** The link layer of a file: as captured, or Linux "cooked" headers, which fit every interface. */
export type FileLinkType = LinkType | 'cooked';

/**
 * Gives the packets of one interface the link-layer header of the file: a packet of the file is {@link prefix}, and what
 * was captured from {@link skip} on. One object per interface; nothing is allocated for a packet.
 */
export class LinkConverter {
  readonly prefix: Uint8Array = new Uint8Array(cookedHeaderBytes);
  prefixBytes = 0;
  skip = 0;
  readonly #convert: (bytes: Uint8Array, direction: PacketDirection) => boolean;
  readonly #hardwareAddress: readonly number[];
  readonly #loopback: boolean;

  constructor(from: InterfaceEvent, to: FileLinkType) {
    const hardwareType = from.hardwareType ?? defaultHardwareType(from);
    this.#loopback = hardwareType === loopbackHardware;
    this.#hardwareAddress = (from.hardwareAddress ?? '').split(':').map((byte) => Number.parseInt(byte, 16));
    this.#convert = this.#choose(from.linkType, to);
    if (to !== 'cooked') return;
    write16(this.prefix, 4, from.index >>> 16);
    write16(this.prefix, 6, from.index & 0xffff);
    write16(this.prefix, 8, hardwareType);
  }

  /** False when the file cannot hold the packet: frames that are not IP, where there is no link layer. */
  convert(bytes: Uint8Array, direction: PacketDirection): boolean {
    return this.#convert(bytes, direction);
  }

  #choose(from: LinkType, to: FileLinkType): (bytes: Uint8Array, direction: PacketDirection) => boolean {
    if (to === 'cooked') return from === 'raw' ? this.#cookRaw : this.#cookEthernet;
    if (from === to) return () => true;
    return from === 'raw' ? this.#frameRaw : this.#stripEthernet;
  }

  /**
   * | protocol (2) | 0 (2) | interface (4) | ARPHRD (2) | packet type (1) | address length (1) | address (8) |
   */
  readonly #cookEthernet = (bytes: Uint8Array, direction: PacketDirection): boolean => {
    const { prefix } = this;
    this.prefixBytes = cookedHeaderBytes;
    if (bytes.length < ethernetHeaderBytes) {
      // Cut off by the snap length: the cooked header says what is known.
      this.skip = bytes.length;
      prefix.fill(0, 0, 2);
      prefix.fill(0, 10);
      return true;
    }
    this.skip = ethernetHeaderBytes;
    write16(prefix, 0, protocolOf(bytes));
    prefix[10] = this.#packetType(bytes, direction);
    prefix[11] = addressBytes;
    for (let i = 0; i < addressBytes; i += 1) prefix[12 + i] = bytes[addressBytes + i] ?? 0;
    return true;
  };

  readonly #cookRaw = (bytes: Uint8Array, direction: PacketDirection): boolean => {
    this.prefixBytes = cookedHeaderBytes;
    write16(this.prefix, 0, ipEtherType(bytes));
    this.prefix[10] = direction === 'out' ? packetType.outgoing : packetType.host;
    return true;
  };

  /** Addresses of zeros, as on the loopback interface. */
  readonly #frameRaw = (bytes: Uint8Array): boolean => {
    this.prefixBytes = ethernetHeaderBytes;
    write16(this.prefix, 12, ipEtherType(bytes));
    return true;
  };

  readonly #stripEthernet = (bytes: Uint8Array): boolean => {
    const type = read16(bytes, 12);
    this.skip = ethernetHeaderBytes;
    return type === 0x0800 || type === 0x86dd;
  };

  /** As the kernel tells AF_PACKET sockets; on the loopback interface tcpdump keeps what arrives. */
  #packetType(bytes: Uint8Array, direction: PacketDirection): number {
    if (this.#loopback) return packetType.host;
    if (direction === 'out') return packetType.outgoing;
    if (((bytes[0] ?? 0) & 1) === 1) return isBroadcast(bytes) ? packetType.broadcast : packetType.multicast;
    const own = this.#hardwareAddress;
    if (own.length !== addressBytes) return packetType.host;
    return own.every((byte, i) => byte === bytes[i]) ? packetType.host : packetType.otherHost;
  }
}

const cookedHeaderBytes = 20;
const ethernetHeaderBytes = 14;
const addressBytes = 6;
const loopbackHardware = 772;
/** PACKET_* of linux/if_packet.h */
const packetType = { host: 0, broadcast: 1, multicast: 2, otherHost: 3, outgoing: 4 } as const;

function defaultHardwareType(from: InterfaceEvent): number {
  if (from.linkType === 'raw') return 65_534;
  return from.name === 'lo' ? loopbackHardware : 1;
}

/** As eth_type_trans() of the kernel: what is a length there names no protocol. */
function protocolOf(bytes: Uint8Array): number {
  const type = read16(bytes, 12);
  if (type >= 0x0600) return type;
  return read16(bytes, 14) === 0xffff ? 0x0001 : 0x0004;
}

function ipEtherType(bytes: Uint8Array): number {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) return 0x0800;
  return version === 6 ? 0x86dd : 0;
}

function isBroadcast(bytes: Uint8Array): boolean {
  for (let i = 0; i < addressBytes; i += 1) if (bytes[i] !== 0xff) return false;
  return true;
}

function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >> 8) & 0xff;
  bytes[at + 1] = value & 0xff;
}
