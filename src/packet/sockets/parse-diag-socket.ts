/** A TCP or UDP socket as sock_diag(7) tells it; what is not needed here is left out. */
export interface DiagSocket {
  /** Number that the kernel gives to this socket only, as bpf_get_socket_cookie() returns it. */
  readonly cookie: bigint;
  /** Of the descriptors that refer to it, `socket:[INODE]`; 0 when there are none (any more). */
  readonly inode: number;
}

const messageBytes = 72;
const cookieOffset = 44;
const inodeOffset = 68;

/**
 * One message of a dump, without its netlink header; undefined when it is cut short.
 * struct inet_diag_msg: { family u8 @0, state u8 @1, …, ports and addresses @4, cookie u32[2] @44, …, uid u32 @64,
 * inode u32 @68 }
 */
export function parseDiagSocket(message: Buffer): DiagSocket | undefined {
  if (message.length < messageBytes) return undefined;
  return { cookie: message.readBigUInt64LE(cookieOffset), inode: message.readUInt32LE(inodeOffset) };
}
