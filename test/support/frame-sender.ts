import { setTimeout as sleep } from 'node:timers/promises';
import { bindSocket, close, openSocket, send } from '../../src/bpf/libc.ts';
import { NetworkNamespace } from '../../src/bpf/network-namespace.ts';
import type { NetworkEnd } from './network-pair.ts';
import { findIndex } from './other-tool.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;

/** Sends Ethernet frames as they are from a device; it rests now and then, so that no receiver is overrun. */
export async function sendFrames(from: NetworkEnd, frames: readonly Buffer[]): Promise<void> {
  using namespace = new NetworkNamespace(`/run/netns/${from.namespace}`);
  const index = findIndex(namespace, from.device);
  const fd = namespace.run(() => openSocket(AF_PACKET, SOCK_RAW, 0));
  try {
    // struct sockaddr_ll: { family u16 @0, protocol u16 @2, interface i32 @4 }
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeInt32LE(index, 4);
    bindSocket(fd, address);
    for (const [number, frame] of frames.entries()) {
      send(fd, frame);
      if (number % 50 === 49) await sleep(5);
    }
  } finally {
    close(fd);
  }
}
