import type { PacketLayers } from './packet-layers.ts';

/**
 * Names the flow of a packet of TCP or UDP, and the direction in it: `forward` is the same text for both directions of a
 * connection, `direction` tells them apart.
 */
export function formatFlowKey(bytes: Uint8Array, layers: PacketLayers): FlowKey {
  const addressBytes = layers.ipVersion === 4 ? 4 : 16;
  const addresses = layers.ipOffset + (layers.ipVersion === 4 ? 12 : 8);
  const ports = layers.transportOffset;
  const source = text(bytes, addresses, addressBytes) + text(bytes, ports, 2);
  const destination = text(bytes, addresses + addressBytes, addressBytes) + text(bytes, ports + 2, 2);
  const up = source <= destination;
  const flow = `${layers.transport}\0${up ? source + destination : destination + source}`;
  return { flow, direction: up ? 0 : 1 };
}

export interface FlowKey {
  readonly flow: string;
  readonly direction: 0 | 1;
}

/** One character per byte: as a key as good as hex, and shorter. */
function text(bytes: Uint8Array, start: number, lengthBytes: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + lengthBytes));
}
