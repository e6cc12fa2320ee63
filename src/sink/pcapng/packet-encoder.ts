import type { PacketEvent } from '../../event/event.ts';
import { splitDatagrams } from '../../packet/split-datagrams.ts';
import { splitSegments } from '../../packet/split-segments.ts';
import { formatCount } from '../../util/format-count.ts';
import type { PacketBlock } from './block-buffer.ts';
import { type CapturedInterface, maxPacketBytes } from './captured-interface.ts';
import { PacketOptions } from './packet-options.ts';
import { WallTime } from './wall-time.ts';

/** Makes packet blocks of packet events: time, link layer, options. */
export class PacketEncoder {
  readonly options: PacketOptions = new PacketOptions();
  readonly #wall: WallTime;
  /** One object for all packets. */
  readonly #block: Mutable<PacketBlock> = {
    interfaceIndex: 0,
    timeHigh: 0,
    timeLow: 0,
    prefix: new Uint8Array(0),
    prefixBytes: 0,
    bytes: new Uint8Array(0),
    skip: 0,
    limitBytes: 0,
    originalBytes: 0,
    options: new Uint8Array(0),
  };

  constructor(clockOffsetNs: bigint) {
    this.#wall = new WallTime(clockOffsetNs);
  }

  /** Wall clock, nanoseconds since 1970. */
  readonly wallTime = (timeNs: number): bigint => this.#wall.exact(timeNs);

  /**
   * Hands the packet to `put`, in several blocks when it is longer than readers take, or is several datagrams of QUIC. The
   * block is valid only during the call. False when the file cannot hold it.
   */
  encode(event: PacketEvent, captured: CapturedInterface, put: (block: PacketBlock) => void): boolean {
    const { converter } = captured;
    if (!converter.convert(event.bytes, event.direction)) return false;
    const { prefixBytes, skip } = converter;
    const block = this.#block;
    this.#wall.set(event.timeNs);
    block.interfaceIndex = captured.index;
    block.timeHigh = this.#wall.high;
    block.timeLow = this.#wall.low;
    block.prefix = converter.prefix;
    block.prefixBytes = prefixBytes;
    block.skip = skip;
    block.limitBytes = maxPacketBytes - prefixBytes;
    block.bytes = event.bytes;
    block.originalBytes = event.lengthBytes - skip + prefixBytes;
    if (event.bytes.length - skip > block.limitBytes) {
      this.#encodeTooLong(event, captured, put);
    } else if (!this.#encodeDatagrams(event, captured, put)) {
      block.options = this.options.of(event);
      put(block);
    }
    return true;
  }

  /** Cut into TCP segments, or cut off. */
  #encodeTooLong(event: PacketEvent, captured: CapturedInterface, put: (block: PacketBlock) => void): void {
    const block = this.#block;
    const whole = `a packet of ${formatCount(event.lengthBytes)} bytes`;
    const segments = splitSegments(event.bytes, captured.event.linkType);
    if (segments === undefined) {
      block.options = this.options.withComment(event, `tlstap: ${whole}, cut off: files hold no longer ones`);
      put(block);
      return;
    }
    this.#putParts(event, segments, `${whole}, split into TCP segments`, put);
  }

  /** False for what is not a super-packet of QUIC. */
  #encodeDatagrams(
    event: PacketEvent,
    captured: CapturedInterface,
    put: (block: PacketBlock) => void,
  ): boolean {
    const { segmentBytes = 0, bytes, lengthBytes } = event;
    if (segmentBytes === 0 || bytes.length < lengthBytes) return false;
    const datagrams = splitDatagrams(bytes, captured.event.linkType, segmentBytes);
    if (datagrams === undefined) return false;
    const whole = `a packet of ${formatCount(lengthBytes)} bytes`;
    this.#putParts(event, datagrams, `${whole}, split into datagrams of QUIC`, put);
    return true;
  }

  #putParts(
    event: PacketEvent,
    parts: readonly Uint8Array[],
    whole: string,
    put: (block: PacketBlock) => void,
  ): void {
    const block = this.#block;
    for (const [index, part] of parts.entries()) {
      block.bytes = part;
      block.originalBytes = part.length - block.skip + block.prefixBytes;
      block.options = this.options.withComment(
        event,
        `tlstap: part ${index + 1} of ${parts.length} of ${whole}`,
      );
      put(block);
    }
  }
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
