import type { LinkType } from '../event/event.ts';
import { formatFlowKey, type FlowKey } from './flow-key.ts';
import { PacketLayers, protocolNumber } from './packet-layers.ts';
import {
  formatClientRandom,
  helloPrefixBytes,
  maxHelloStartBytes,
  parseClientHello,
} from './parse-client-hello.ts';
import { parseQuicInitial } from './quic-initial.ts';

/** What a packet tells of a handshake. */
export type HandshakeSign =
  /** The client random of a ClientHello is complete with this packet. */
  | { readonly type: 'hello'; readonly clientRandom: string; readonly flow: string; readonly quic: boolean }
  /** One direction of a TCP connection ends, or all of it. */
  | { readonly type: 'end'; readonly flow: string; readonly direction: 0 | 1; readonly whole: boolean };

/** Handshakes of which only the beginning was seen. */
const maxPartial = 256;
/** After so many further packets of TCP without a new one they are given up: looking for them costs. */
const patiencePackets = 10_000;
/** A client pads its first datagrams to this (RFC 9000 §14.1). */
const minInitialBytes = 1200;

/**
 * Recognises ClientHellos in packets: at the start of a TCP payload, also cut into several segments or records, and in
 * QUIC's Initial packets. Bounded; it forgets handshakes that stay incomplete, the oldest first.
 */
export class HandshakeFinder {
  readonly #layers = new PacketLayers();
  readonly #segments = new Map<string, { readonly bytes: Uint8Array; readonly nextSequence: number }>();
  #patience = 0;
  readonly #initials = new Map<string, { readonly hello: Uint8Array; readonly have: boolean[] }>();

  /** Undefined for nearly all packets. */
  find(bytes: Uint8Array, linkType: LinkType): HandshakeSign | undefined {
    const layers = this.#layers;
    if (!layers.parse(bytes, linkType)) return undefined;
    if (layers.transport === protocolNumber.udp) return this.#findInitial(bytes);
    const flags = layers.tcpFlags(bytes);
    if ((flags & (fin | rst)) !== 0) {
      return { type: 'end', ...formatFlowKey(bytes, layers), whole: (flags & rst) !== 0 };
    }
    if (layers.payloadOffset === layers.payloadEnd) return undefined;
    if (this.#segments.size > 0) {
      this.#patience -= 1;
      if (this.#patience === 0) this.#segments.clear();
      const continued = this.#continue(bytes);
      if (continued !== undefined) return continued;
    }
    if (bytes[layers.payloadOffset] !== 0x16) return undefined;
    return this.#findHello(bytes, bytes.subarray(layers.payloadOffset, layers.payloadEnd), undefined);
  }

  #continue(bytes: Uint8Array): HandshakeSign | undefined {
    const key = formatFlowKey(bytes, this.#layers);
    const known = this.#segments.get(segmentKey(key));
    if (known === undefined || known.nextSequence !== this.#layers.tcpSequence(bytes)) return undefined;
    this.#segments.delete(segmentKey(key));
    const payload = bytes.subarray(this.#layers.payloadOffset, this.#layers.payloadEnd);
    return this.#findHello(bytes, joined(known.bytes, payload), key);
  }

  #findHello(packet: Uint8Array, start: Uint8Array, key: FlowKey | undefined): HandshakeSign | undefined {
    const result = parseClientHello(start);
    if (result.type === 'none') return undefined;
    const { flow, direction } = key ?? formatFlowKey(packet, this.#layers);
    if (result.type === 'found')
      return { type: 'hello', clientRandom: result.clientRandom, flow, quic: false };
    if (start.length >= maxHelloStartBytes) return undefined;
    const { payloadOffset, payloadEnd } = this.#layers;
    const nextSequence = (this.#layers.tcpSequence(packet) + payloadEnd - payloadOffset) >>> 0;
    this.#patience = patiencePackets;
    remember(this.#segments, segmentKey({ flow, direction }), { bytes: start.slice(), nextSequence });
    return undefined;
  }

  #findInitial(bytes: Uint8Array): HandshakeSign | undefined {
    const { payloadOffset, payloadEnd } = this.#layers;
    if (payloadEnd - payloadOffset < minInitialBytes || ((bytes[payloadOffset] ?? 0) & 0xc0) !== 0xc0)
      return undefined;
    const initial = parseQuicInitial(bytes.subarray(payloadOffset, payloadEnd));
    if (initial === undefined) return undefined;
    const known = this.#initials.get(initial.destinationId) ?? {
      hello: new Uint8Array(helloPrefixBytes),
      have: Array.from({ length: helloPrefixBytes }, () => false),
    };
    for (const { offset, bytes: piece } of initial.crypto) {
      for (let i = 0; i < piece.length && offset + i < helloPrefixBytes; i += 1) {
        known.hello[offset + i] = piece[i] ?? 0;
        known.have[offset + i] = true;
      }
    }
    if (known.have.includes(false)) {
      remember(this.#initials, initial.destinationId, known);
      return undefined;
    }
    this.#initials.delete(initial.destinationId);
    if (known.hello[0] !== 1) return undefined;
    const { flow } = formatFlowKey(bytes, this.#layers);
    return { type: 'hello', clientRandom: formatClientRandom(known.hello), flow, quic: true };
  }
}

const fin = 1;
const rst = 4;

function segmentKey({ flow, direction }: FlowKey): string {
  return `${flow}${direction}`;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.min(first.length + second.length, maxHelloStartBytes));
  bytes.set(first);
  bytes.set(second.subarray(0, bytes.length - first.length), first.length);
  return bytes;
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  if (map.size <= maxPartial) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
