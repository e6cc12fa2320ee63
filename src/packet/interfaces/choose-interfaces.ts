import type { NetworkAddress } from './network-address.ts';
import { findLinkType, type NetworkLink } from './network-link.ts';
import type { SocketLine } from './parse-socket-table.ts';

/**
 * Interfaces that carry the traffic of some sockets. `all`: they may use any that has an address, because a socket
 * takes connections from everywhere, because there are none yet, or because an address is not one of this host.
 */
export interface InterfaceGuess {
  readonly names: readonly string[];
  readonly all: boolean;
}

export function chooseInterfaces(
  links: readonly NetworkLink[],
  addresses: readonly NetworkAddress[],
  sockets: readonly SocketLine[],
): InterfaceGuess {
  const usable = links.filter(({ hardwareType }) => findLinkType(hardwareType) !== undefined);
  const owners = new Map(addresses.map(({ address, interfaceIndex }) => [address, interfaceIndex]));
  const indexes = new Set<number>();
  const loopback = usable.filter(({ isLoopback }) => isLoopback).map(({ index }) => index);
  let all = sockets.length === 0;
  for (const { local, remote, isUnconnected } of sockets) {
    // What a host sends to one of its own addresses goes over its loopback device.
    const isLocal = isLoopbackAddress(local) || owners.has(remote);
    if (isUnconnected || isLocal) for (const index of loopback) indexes.add(index);
    if (isLocal) continue;
    const index = owners.get(local);
    if (index === undefined) all = true;
    else indexes.add(index);
  }
  const addressed = new Set(owners.values());
  const chosen = usable.filter(({ index, isUp }) =>
    all ? isUp && addressed.has(index) : indexes.has(index),
  );
  return { names: chosen.map(({ name }) => name), all };
}

/** 127.0.0.0/8 and ::1. */
function isLoopbackAddress(address: string): boolean {
  return address.length === 8 ? address.startsWith('7f') : address === `${'0'.repeat(31)}1`;
}
