import { bindSocket, close, openSocket, receive, send } from './libc.ts';
import { SystemError } from './system-error.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
/** Protocols of netlink(7). */
export const netlinkProtocol = { route: 0, sockDiag: 4 } as const;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const headerBytes = 16;
/** The kernel fills at most 32 KiB of a dump's messages at once. */
const bufferBytes = 64 * 1024;

export interface NetlinkMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** A netlink(7) socket of the network namespace that it is opened in; it stays there. */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(bufferBytes);
  #sequence = 0;

  /** `groups`: bits of the multicast groups to listen to, e.g. 1 for RTNLGRP_LINK. */
  constructor(groups = 0, protocol: number = netlinkProtocol.route) {
    this.#fd = openSocket(AF_NETLINK, SOCK_RAW, protocol);
    // { family u16 @0, pid u32 @4, groups u32 @8 }
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(groups, 8);
    bindSocket(this.#fd, address);
  }

  /** All messages that answer a dump request. `payload` follows the netlink header. */
  dump(type: number, payload: Buffer): NetlinkMessage[] {
    const sequence = ++this.#sequence;
    // { length u32 @0, type u16 @4, flags u16 @6, sequence u32 @8, port u32 @12 }
    const request = Buffer.alloc(headerBytes + payload.length);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(type, 4);
    request.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6);
    request.writeUInt32LE(sequence, 8);
    payload.copy(request, headerBytes);
    send(this.#fd, request);
    const messages: NetlinkMessage[] = [];
    for (;;) {
      for (const message of this.#receive(true) ?? []) {
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG_DONE) return messages;
        if (message.type === NLMSG_ERROR) throw new SystemError('netlink', message.payload.readInt32LE(0));
        messages.push({ type: message.type, payload: message.payload });
      }
    }
  }

  /** What was told to the groups since the last call; incomplete when it was more than the socket keeps. */
  takeNews(): { readonly messages: readonly NetlinkMessage[]; readonly isComplete: boolean } {
    const messages: NetlinkMessage[] = [];
    let isComplete = true;
    for (;;) {
      try {
        const received = this.#receive(false);
        if (received === undefined) return { messages, isComplete };
        messages.push(...received);
      } catch (error) {
        if (!(error instanceof SystemError) || error.code !== 'ENOBUFS') throw error;
        isComplete = false;
      }
    }
  }

  #receive(wait: boolean): (NetlinkMessage & { readonly sequence: number })[] | undefined {
    const length = receive(this.#fd, this.#buffer, wait);
    return length === undefined ? undefined : splitMessages(this.#buffer.subarray(0, length));
  }

  [Symbol.dispose](): void {
    close(this.#fd);
  }
}

function splitMessages(bytes: Buffer): (NetlinkMessage & { readonly sequence: number })[] {
  const messages: (NetlinkMessage & { readonly sequence: number })[] = [];
  for (let at = 0; at + headerBytes <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    if (length < headerBytes || at + length > bytes.length) break;
    messages.push({
      type: bytes.readUInt16LE(at + 4),
      sequence: bytes.readUInt32LE(at + 8),
      // A copy: the buffer is used again.
      payload: Buffer.from(bytes.subarray(at + headerBytes, at + length)),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}
