import { ByteQueue } from './byte-queue.ts';
import { findFrameProblem } from './find-frame-problem.ts';
import { FrameEvidence } from './frame-evidence.ts';
import { frameHeaderBytes, readFrameHeader } from './frame-header.ts';
import { frameFlag, frameType } from './frame-type.ts';

export interface ResyncResult {
  /** Bytes that belong to no frame, before what is found or still held. */
  readonly unrecognised: Uint8Array;
  /** Everything from the first frame that was found on; null when none was. The search is over then. */
  readonly frames: Uint8Array | null;
}

/**
 * Looks for the next frame in a stream whose position is unknown: the first offset from which frames that are
 * believable follow one another until there is evidence enough. Holds no more than two large DATA frames.
 *
 * One header is not enough (binary bodies hold such nine bytes), a chain of three is, or of two where the search
 * begins; control frames and header blocks, which can be checked inside, count for more (see `FrameEvidence`).
 */
export class FrameResync {
  /** The longest DATA frame that is believed. */
  maxDataBytes = 16_384;

  readonly #held = new ByteQueue();
  readonly #evidence: FrameEvidence;
  /** The held bytes are the first of the search. Writers mostly write whole frames, so less evidence will do. */
  #isAtStart = true;
  /** Held bytes needed before the candidate can be judged further. */
  #neededBytes = 0;
  /** Score of the candidate if its frames end exactly where the held bytes do, else 0. */
  #scoreAtEnd = 0;

  /** `mayCarryData`: whether DATA of that stream would make sense in this direction now. */
  constructor(mayCarryData: (stream: number) => boolean) {
    this.#evidence = new FrameEvidence(mayCarryData);
  }

  get heldBytes(): number {
    return this.#held.length;
  }

  /** Begins a new search, with nothing held. */
  restart(): void {
    this.giveUp();
    this.#isAtStart = true;
  }

  /** What is held belongs to no frame. */
  giveUp(): Uint8Array {
    this.#neededBytes = this.#scoreAtEnd = 0;
    return this.#held.take();
  }

  push(bytes: Uint8Array): ResyncResult {
    this.#held.append(bytes);
    if (this.#held.length < this.#neededBytes) {
      this.#scoreAtEnd = 0;
      return { unrecognised: nothing, frames: null };
    }
    const view = this.#held.view();
    let at = 0;
    let verdict: number | 'frame' | 'none' = 'none';
    for (; at < view.length; at++) {
      if (!mayBeginFrame(view, at)) continue;
      verdict = this.#judge(view, at);
      if (verdict !== 'none') break;
    }
    if (at > 0) this.#isAtStart = false;
    const unrecognised = view.subarray(0, at);
    this.#held.drop(at);
    if (verdict === 'frame') return { unrecognised, frames: this.giveUp() };
    this.#neededBytes = verdict === 'none' ? 0 : verdict - at;
    return { unrecognised, frames: null };
  }

  /** No more bytes will come: that the candidate ends exactly here is evidence, too. */
  end(): ResyncResult {
    const enough = (this.#isAtStart ? enoughAtStart : enoughEvidence) - 1;
    return { unrecognised: nothing, frames: this.#scoreAtEnd >= enough ? this.giveUp() : null };
  }

  /** 'frame', 'none', or how many bytes of `view` are needed to know more. */
  #judge(view: Uint8Array, start: number): number | 'frame' | 'none' {
    this.#scoreAtEnd = 0;
    const enough = this.#isAtStart && start === 0 ? enoughAtStart : enoughEvidence;
    let score = 0;
    let openBlock: number | null = null;
    for (let at = start; ;) {
      if (at === view.length) this.#scoreAtEnd = score;
      if (at + frameHeaderBytes > view.length) {
        return at === view.length || mayBeginFrame(view, at) ? view.length + 1 : 'none';
      }
      const header = readFrameHeader(view, at);
      if (findFrameProblem(header, { openBlock, maxFrameBytes: 0 }) !== undefined) return 'none';
      // First by the header alone, whether or not the payload is there: the split must not matter.
      const byHeader = this.#evidence.weighHeader(header, this.maxDataBytes);
      if (byHeader === 0) return 'none';
      if (score + byHeader >= enough) return 'frame';
      const end = at + frameHeaderBytes + header.lengthBytes;
      if (end > view.length) return end;
      const byPayload = this.#evidence.weighPayload(header, view.subarray(at + frameHeaderBytes, end));
      if (byPayload === 0) return 'none';
      score += byPayload;
      if (score >= enough) return 'frame';
      const isOpen = header.type === frameType.headers || header.type === frameType.pushPromise;
      if ((header.flags & frameFlag.endHeaders) !== 0) openBlock = null;
      else if (isOpen) openBlock = header.stream;
      at = end;
    }
  }
}

/** A quick look at as much of a frame header as is there; most offsets of most data fail here. */
function mayBeginFrame(view: Uint8Array, at: number): boolean {
  if (view[at]! > 0x08) return false;
  const type = view[at + 3];
  if (type === undefined) return true;
  if (type > frameType.priorityUpdate) return false;
  if (at + frameHeaderBytes > view.length) return at + 5 >= view.length || view[at + 5]! < 0x80;
  // A run of zeros would be DATA of stream 0 everywhere.
  const isStreamZero = (view[at + 5]! | view[at + 6]! | view[at + 7]! | view[at + 8]!) === 0;
  return view[at + 5]! < 0x80 && !(isStreamZero && type <= frameType.rstStream);
}

const nothing = new Uint8Array(0);
const enoughEvidence = 3;
const enoughAtStart = 2;
