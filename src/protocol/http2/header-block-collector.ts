import { ByteQueue } from './byte-queue.ts';
import type { FrameHeader } from './frame-header.ts';
import { frameFlag, frameType } from './frame-type.ts';
import { readHeaderFragment } from './read-header-fragment.ts';

/** A field block that is complete: a HEADERS or PUSH_PROMISE frame and its CONTINUATIONs (RFC 9113 §4.3). */
export interface CollectedBlock {
  readonly about: BlockOpening;
  /** Valid during the call; null with the reason in `problem`. */
  readonly bytes: Uint8Array | null;
  readonly problem: string | null;
}

/** What the first frame of a block says. */
export interface BlockOpening {
  readonly stream: number;
  /** PUSH_PROMISE: the stream that the promised response will come on; else null. */
  readonly promisedStream: number | null;
  readonly endStream: boolean;
  /** When its first byte was seen. */
  readonly startTimeNs: number;
}

/** Puts the fragments of one field block together, up to 1 MiB. Only one can be open in a direction. */
export class HeaderBlockCollector {
  #opening: BlockOpening | null = null;
  readonly #fragments = new ByteQueue();
  #problem: string | null = null;

  /** `payload` null: part of the frame was lost. Returns the block if this frame ends it. */
  add(header: FrameHeader, payload: Uint8Array | null, startTimeNs: number): CollectedBlock | null {
    if (header.type !== frameType.continuation) this.#open(header, payload, startTimeNs);
    if (this.#opening === null) return null;
    const fragment = payload === null ? null : readHeaderFragment(header, payload);
    if (payload === null) this.#problem ??= lostBytes;
    else if (fragment === null) this.#problem ??= 'padding longer than its frame';
    else if (payload.length < header.lengthBytes) this.#problem ??= tooLong;
    if ((header.flags & frameFlag.endHeaders) === 0) {
      this.#keep(fragment);
      return null;
    }
    return this.#finish(fragment);
  }

  /** The rest of the open block, if there is one, is lost. */
  abandon(): CollectedBlock | null {
    if (this.#opening === null) return null;
    this.#problem ??= lostBytes;
    return this.#finish(null);
  }

  #open(header: FrameHeader, payload: Uint8Array | null, startTimeNs: number): void {
    this.#problem = null;
    this.#opening = {
      stream: header.stream,
      promisedStream: header.type === frameType.pushPromise ? readPromisedStream(header, payload) : null,
      endStream: header.type === frameType.headers && (header.flags & frameFlag.endStream) !== 0,
      startTimeNs,
    };
  }

  #keep(fragment: Uint8Array | null): void {
    if (fragment === null || this.#problem !== null) return;
    if (this.#fragments.length + fragment.length > maxBlockBytes) this.#problem = tooLong;
    else this.#fragments.append(fragment);
  }

  #finish(last: Uint8Array | null): CollectedBlock | null {
    const opening = this.#opening;
    if (opening === null) return null;
    let bytes = last;
    if (this.#fragments.length > 0) {
      this.#keep(last);
      bytes = this.#fragments.take();
    }
    this.#opening = null;
    return { about: opening, bytes: this.#problem === null ? bytes : null, problem: this.#problem };
  }
}

/** 0, which is no stream, where it was lost. */
function readPromisedStream(header: FrameHeader, payload: Uint8Array | null): number {
  const at = (header.flags & frameFlag.padded) === 0 ? 0 : 1;
  if (payload === null || payload.length < at + 4) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = payload.subarray(at, at + 4);
  return ((a & 0x7f) << 24) | (b << 16) | (c << 8) | d;
}

const lostBytes = 'lost bytes';
const tooLong = 'header block longer than 1 MiB';
const maxBlockBytes = 1 << 20;
