import { NetlinkSocket } from '../../bpf/netlink-socket.ts';
import type { NetworkNamespace } from '../../bpf/network-namespace.ts';
import { parseNetworkAddress, type NetworkAddress } from './network-address.ts';
import { parseNetworkLink, type NetworkLink } from './network-link.ts';

/** Message types of include/uapi/linux/rtnetlink.h. */
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_GETADDR = 22;
const RTMGRP_LINK = 1;

/** Interfaces of a network namespace as they come and go. */
export class InterfaceWatch implements Disposable {
  readonly #requests: NetlinkSocket;
  readonly #news: NetlinkSocket;

  constructor(namespace: NetworkNamespace) {
    [this.#requests, this.#news] = namespace.run(
      () => [new NetlinkSocket(), new NetlinkSocket(RTMGRP_LINK)] as const,
    );
  }

  readLinks(): NetworkLink[] {
    const messages = this.#requests.dump(RTM_GETLINK, Buffer.alloc(16));
    return messages.flatMap(({ payload }) => parseNetworkLink(payload) ?? []);
  }

  readAddresses(): NetworkAddress[] {
    const messages = this.#requests.dump(RTM_GETADDR, Buffer.alloc(8));
    return messages.flatMap(({ payload }) => parseNetworkAddress(payload) ?? []);
  }

  /** Whether anything changed since the last call, and the indexes of interfaces that were deleted. */
  takeChanges(): { readonly any: boolean; readonly deleted: ReadonlySet<number> } {
    const { messages, isComplete } = this.#news.takeNews();
    const deleted = messages
      .filter(({ type }) => type === RTM_DELLINK)
      .flatMap(({ payload }) => parseNetworkLink(payload)?.index ?? []);
    return { any: messages.length > 0 || !isComplete, deleted: new Set(deleted) };
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
    this.#news[Symbol.dispose]();
  }
}
