import type { Direction } from '../../event/event.ts';
import type { FrameHandler } from './frame-handler.ts';
import type { FrameHeader } from './frame-header.ts';
import { FrameReader } from './frame-reader.ts';
import { definedFlags, frameType } from './frame-type.ts';
import { type BlockOpening, type CollectedBlock, HeaderBlockCollector } from './header-block-collector.ts';
import { type HeaderBlock, HpackDecoder } from './hpack-decoder.ts';

/** A field block as it concerns a stream. */
export interface BlockArrival {
  readonly about: BlockOpening;
  readonly block: HeaderBlock;
  /** Why the block is not whole, or null. */
  readonly problem: string | null;
  /** Earlier blocks of the direction were lost: unknown values in this one are due to that. */
  readonly tableWasLost: boolean;
}

/** What one direction tells the connection. Views of bytes are valid only during the call. */
export interface DirectionHandler {
  preface(direction: Direction, timeNs: number): void;
  headers(direction: Direction, arrival: BlockArrival, timeNs: number): void;
  data(direction: Direction, header: FrameHeader, bytes: Uint8Array, timeNs: number): void;
  dataGap(direction: Direction, header: FrameHeader, lengthBytes: number | null, timeNs: number): void;
  dataEnd(direction: Direction, header: FrameHeader, timeNs: number): void;
  /** A frame that carries no message, or something about one that is unusual. */
  control(direction: Direction, header: FrameHeader, payload: Uint8Array, timeNs: number): void;
  outOfStep(direction: Direction, timeNs: number): void;
  mayCarryData(direction: Direction, stream: number): boolean;
  unrecognised(direction: Direction, bytes: Uint8Array, offset: number, timeNs: number): void;
}

/** One direction of an HTTP/2 connection: frames, and the field blocks in them. */
export class Http2Direction implements FrameHandler {
  readonly reader: FrameReader;
  readonly #direction: Direction;
  readonly #handler: DirectionHandler;
  readonly #hpack: HpackDecoder;
  readonly #collector = new HeaderBlockCollector();
  #tableWasLost = false;

  constructor(direction: Direction, handler: DirectionHandler, options: { readonly joinedLate: boolean }) {
    this.#direction = direction;
    this.#handler = handler;
    this.reader = new FrameReader(this, options);
    this.#hpack = new HpackDecoder(options);
  }

  preface(timeNs: number): void {
    this.#handler.preface(this.#direction, timeNs);
  }

  frame(header: FrameHeader, payload: Uint8Array, startTimeNs: number, timeNs: number): void {
    if (!blockTypes.has(header.type)) {
      this.#handler.control(this.#direction, header, payload, timeNs);
      return;
    }
    this.#noteFlags(header, timeNs);
    this.#passBlock(this.#collector.add(header, payload, startTimeNs), timeNs);
  }

  damaged(header: FrameHeader, startTimeNs: number, timeNs: number): void {
    if (!blockTypes.has(header.type)) return;
    this.#passBlock(this.#collector.add(header, null, startTimeNs), timeNs);
  }

  outOfStep(timeNs: number): void {
    this.#passBlock(this.#collector.abandon(), timeNs);
    this.#forget();
    this.#handler.outOfStep(this.#direction, timeNs);
  }

  mayCarryData(stream: number): boolean {
    return this.#handler.mayCarryData(this.#direction, stream);
  }

  data(header: FrameHeader, bytes: Uint8Array, timeNs: number): void {
    this.#handler.data(this.#direction, header, bytes, timeNs);
  }

  dataGap(header: FrameHeader, lengthBytes: number | null, timeNs: number): void {
    this.#handler.dataGap(this.#direction, header, lengthBytes, timeNs);
  }

  dataEnd(header: FrameHeader, timeNs: number): void {
    this.#noteFlags(header, timeNs);
    this.#handler.dataEnd(this.#direction, header, timeNs);
  }

  unrecognised(bytes: Uint8Array, offset: number, timeNs: number): void {
    this.#handler.unrecognised(this.#direction, bytes, offset, timeNs);
  }

  #passBlock(collected: CollectedBlock | null, timeNs: number): void {
    if (collected === null) return;
    const { bytes } = collected;
    if (bytes === null) this.#forget();
    const block = bytes === null ? lostBlock : this.#hpack.decode(bytes);
    const arrival = {
      about: collected.about,
      block,
      problem: collected.problem ?? block.problem,
      tableWasLost: this.#tableWasLost,
    };
    if (block.problem !== null) this.#tableWasLost = true;
    this.#handler.headers(this.#direction, arrival, timeNs);
  }

  /** A field block was not decoded: what it inserted into the table is unknown. */
  #forget(): void {
    this.#hpack.forget();
    this.#tableWasLost = true;
  }

  #noteFlags(header: FrameHeader, timeNs: number): void {
    if ((header.flags & ~definedFlags(header.type)) === 0) return;
    this.#handler.control(this.#direction, header, nothing, timeNs);
  }
}

const lostBlock: HeaderBlock = { headers: [], incomplete: true, problem: null };
const nothing = new Uint8Array(0);
const blockTypes: ReadonlySet<number> = new Set([
  frameType.headers,
  frameType.pushPromise,
  frameType.continuation,
]);
