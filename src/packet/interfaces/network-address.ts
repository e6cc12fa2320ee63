import { parseNetlinkAttributes } from '../../bpf/netlink-attributes.ts';

/** An address of an interface. */
export interface NetworkAddress {
  readonly interfaceIndex: number;
  /** 4 or 16 bytes, lower-case hex. */
  readonly address: string;
}

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/**
 * The payload of an RTM_NEWADDR message: { family u8 @0, prefix length @1, flags @2, scope @3, index u32 @4,
 * attributes @8 } of struct ifaddrmsg. With a peer, IFA_ADDRESS is the peer's and IFA_LOCAL our own.
 */
export function parseNetworkAddress(payload: Buffer): NetworkAddress | undefined {
  if (payload.length < 8) return undefined;
  const attributes = parseNetlinkAttributes(payload, 8);
  const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (address?.length !== 4 && address?.length !== 16) return undefined;
  return { interfaceIndex: payload.readUInt32LE(4), address: address.toString('hex') };
}
