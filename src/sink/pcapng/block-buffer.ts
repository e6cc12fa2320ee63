import { blockType } from './block.ts';
import { padded } from './option.ts';

/** A packet block but for its packet and options. */
const packetFixedBytes = 32;

/** What a packet block holds. The packet is `prefix`, and then `bytes` from `skip` on. */
export interface PacketBlock {
  readonly interfaceIndex: number;
  /** Halves of the nanoseconds since 1970. */
  readonly timeHigh: number;
  readonly timeLow: number;
  readonly prefix: Uint8Array;
  readonly prefixBytes: number;
  readonly bytes: Uint8Array;
  readonly skip: number;
  /** How much of `bytes` is left after `skip`, at most. */
  readonly limitBytes: number;
  /** On the wire, `prefix` included. */
  readonly originalBytes: number;
  readonly options: Uint8Array;
}

/** Whole blocks, one after the other in one piece of memory: what is in it can be written to a file as it is. */
export class BlockBuffer {
  readonly bytes: Buffer;
  readonly #words: Uint32Array;
  #length = 0;

  constructor(capacityBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
    this.#words = new Uint32Array(this.bytes.buffer, 0, capacityBytes >> 2);
  }

  get length(): number {
    return this.#length;
  }

  hasRoom(lengthBytes: number): boolean {
    return this.#length + lengthBytes <= this.bytes.length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Blocks that are made already, whole ones. There must be room. */
  append(source: Buffer, start: number, end: number): void {
    source.copy(this.bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /** There must be room. */
  appendPacket(packet: PacketBlock): void {
    const { prefixBytes, options } = packet;
    const start = this.#length;
    const restBytes = restLength(packet);
    const capturedBytes = prefixBytes + restBytes;
    const lengthBytes = packetBlockLength(packet);
    const words = this.#words;
    let word = start >> 2;
    words[word] = blockType.packet;
    words[word + 1] = lengthBytes;
    words[word + 2] = packet.interfaceIndex;
    words[word + 3] = packet.timeHigh;
    words[word + 4] = packet.timeLow;
    words[word + 5] = capturedBytes;
    words[word + 6] = packet.originalBytes;
    const paddedBytes = padded(capturedBytes);
    word += 7 + (paddedBytes >> 2);
    // The padding; what is before it in its word is written below.
    if (paddedBytes !== capturedBytes) words[word - 1] = 0;
    let at = start + 28;
    for (let i = 0; i < prefixBytes; i += 1) this.bytes[at + i] = packet.prefix[i] ?? 0;
    at += prefixBytes;
    copyBytes(packet.bytes, packet.skip, restBytes, this.bytes, at);
    this.bytes.set(options, start + 28 + paddedBytes);
    words[(start + lengthBytes - 4) >> 2] = lengthBytes;
    this.#length = start + lengthBytes;
  }
}

export function packetBlockLength(packet: PacketBlock): number {
  return packetFixedBytes + padded(packet.prefixBytes + restLength(packet)) + packet.options.length;
}

function restLength(packet: PacketBlock): number {
  const rest = packet.bytes.length - packet.skip;
  return rest < packet.limitBytes ? rest : packet.limitBytes;
}

/** For short packets a loop is cheaper than the view that `set` needs. */
function copyBytes(source: Uint8Array, skip: number, length: number, target: Buffer, at: number): void {
  if (length <= 24) {
    for (let i = 0; i < length; i += 1) target[at + i] = source[skip + i] ?? 0;
    return;
  }
  const whole = skip === 0 && length === source.length;
  target.set(whole ? source : source.subarray(skip, skip + length), at);
}
