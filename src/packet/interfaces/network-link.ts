import type { LinkType } from '../../event/event.ts';
import { parseNetlinkAttributes } from '../../bpf/netlink-attributes.ts';

/** An interface as its network namespace knows it at the moment. */
export interface NetworkLink {
  readonly index: number;
  readonly name: string;
  /** ARPHRD_* of include/uapi/linux/if_arp.h. */
  readonly hardwareType: number;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
}

const IFLA_IFNAME = 3;
const IFF_UP = 1;
const IFF_LOOPBACK = 8;

/**
 * The payload of an RTM_NEWLINK message; undefined when it is none.
 * { family u8 @0, type u16 @2, index i32 @4, flags u32 @8, change u32 @12, attributes @16 } of struct ifinfomsg.
 */
export function parseNetworkLink(payload: Buffer): NetworkLink | undefined {
  if (payload.length < 16) return undefined;
  const name = parseNetlinkAttributes(payload, 16).get(IFLA_IFNAME);
  if (name === undefined) return undefined;
  const flags = payload.readUInt32LE(8);
  return {
    index: payload.readInt32LE(4),
    name: name.toString('utf8').replace(/\0.*$/s, ''),
    hardwareType: payload.readUInt16LE(2),
    isUp: (flags & IFF_UP) !== 0,
    isLoopback: (flags & IFF_LOOPBACK) !== 0,
  };
}

/**
 * What packets of an interface begin with; undefined when packets of that type cannot be told apart by libpcap's
 * filters or Wireshark without more than tc gives.
 */
export function findLinkType(hardwareType: number): LinkType | undefined {
  return linkTypes.get(hardwareType);
}

/** ARPHRD_ETHER, _LOOPBACK; _NONE (tun, WireGuard), _RAWIP, _TUNNEL (ipip), _SIT, _IPGRE. */
const linkTypes: ReadonlyMap<number, LinkType> = new Map([
  [1, 'ethernet'],
  [772, 'ethernet'],
  [65534, 'raw'],
  [519, 'raw'],
  [768, 'raw'],
  [776, 'raw'],
  [778, 'raw'],
]);
