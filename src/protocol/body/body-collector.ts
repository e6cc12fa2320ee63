import type { Body } from '../exchange.ts';
import type { BodyBudget } from './body-budget.ts';
import { type DecodedContent, decodeContent } from './decode-content.ts';
import { type ContentCodings, parseContentCodings } from './parse-content-codings.ts';

/**
 * The body of one message while it arrives: keeps its first `limitBytes` wire bytes, counts the rest, and removes the
 * content coding when it is asked to. Each byte is copied once; memory stays below twice the limit.
 */
export class BodyCollector implements Body {
  wireLengthBytes = 0;
  truncated = false;
  gaps: readonly { readonly offset: number; readonly lengthBytes: number | null }[] = noGaps;

  readonly #limitBytes: number;
  readonly #budget: BodyBudget | undefined;
  readonly #codings: ContentCodings;
  #chunks: Buffer[] = noChunks;
  /** Used part of the last chunk. */
  #lastUsed = 0;
  #keptBytes = 0;
  /** Kept bytes before the first hole: decoding stops there. */
  #soundBytes = Number.POSITIVE_INFINITY;
  #finished = false;
  #decoded: DecodedContent | null = null;

  /** `contentCoding` is the value of `Content-Encoding` as sent, empty when there is none. */
  constructor(limitBytes: number, contentCoding: string, budget?: BodyBudget) {
    this.#limitBytes = limitBytes;
    this.#budget = budget;
    this.#codings = parseContentCodings(contentCoding);
  }

  get encoding(): string | null {
    return this.#codings.removable.length === 0 ? null : this.#codings.removable.join(', ');
  }

  /** Bytes held in memory for this body. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  push(bytes: Uint8Array): void {
    this.wireLengthBytes += bytes.length;
    this.#decoded = null;
    const wanted = Math.min(bytes.length, this.#limitBytes - this.#keptBytes);
    // What is kept must be a beginning: after a cut nothing more is.
    const room = this.truncated ? 0 : (this.#budget?.take(wanted) ?? wanted);
    if (bytes.length > room) this.truncated = true;
    if (room > 0) this.#keep(bytes.length > room ? bytes.subarray(0, room) : bytes);
  }

  /**
   * The same for `source[start, end)`; returns these bytes, to be shown and not to be changed: what was kept of a small
   * body that is whole, since a copy costs less than a view.
   */
  pushPart(source: Buffer, start: number, end: number): Uint8Array {
    const length = end - start;
    const isSmallStart = this.#keptBytes === 0 && length <= smallBytes && length <= this.#limitBytes;
    if (!isSmallStart || this.truncated) return this.#pushView(source, start, end);
    const room = this.#budget?.take(length) ?? length;
    if (room < length) {
      this.#budget?.giveBack(room);
      return this.#pushView(source, start, end);
    }
    const own = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i += 1) own[i] = source[start + i]!;
    this.wireLengthBytes += length;
    this.#keptBytes = length;
    this.#decoded = null;
    this.#chunks = [own];
    this.#lastUsed = length;
    return own;
  }

  /** Bytes are missing here; null when nobody knows how many. */
  gap(lengthBytes: number | null): void {
    const last = this.gaps.at(-1);
    // A hostile or very lossy stream could make a hole per byte: beyond the cap they merge into the last one.
    if (last !== undefined && this.gaps.length >= maxGaps) {
      const length =
        last.lengthBytes === null || lengthBytes === null ? null : last.lengthBytes + lengthBytes;
      this.gaps = [...this.gaps.slice(0, -1), { offset: last.offset, lengthBytes: length }];
    } else {
      this.gaps = [...this.gaps, { offset: this.wireLengthBytes, lengthBytes }];
    }
    this.#soundBytes = Math.min(this.#soundBytes, this.#keptBytes);
    this.wireLengthBytes += lengthBytes ?? 0;
    this.#decoded = null;
  }

  /** Nobody will ask for it any more: what it held is free for others. */
  release(): void {
    this.#budget?.giveBack(this.#keptBytes);
  }

  /** The body is complete: its decoded length can be known from now on. */
  finish(): void {
    this.#finished = true;
    this.#decoded = null;
  }

  decoded(): DecodedContent {
    this.#decoded ??= this.#decode();
    return this.#decoded;
  }

  #pushView(source: Buffer, start: number, end: number): Uint8Array {
    const view = start === 0 && end === source.length ? source : source.subarray(start, end);
    this.push(view);
    return view;
  }

  #keep(bytes: Uint8Array): void {
    let last = this.#chunks.at(-1);
    let from = 0;
    if (last !== undefined && this.#lastUsed < last.length) {
      from = Math.min(bytes.length, last.length - this.#lastUsed);
      last.set(from === bytes.length ? bytes : bytes.subarray(0, from), this.#lastUsed);
      this.#lastUsed += from;
    }
    const left = bytes.length - from;
    if (left > 0) {
      // Chunks as large as what is already there: few of them for a body that comes in small pieces, and no copying.
      const size = Math.max(
        left,
        Math.min(this.#keptBytes, this.#limitBytes - this.#keptBytes - from, maxChunkBytes),
      );
      last = Buffer.allocUnsafe(size);
      last.set(from === 0 ? bytes : bytes.subarray(from), 0);
      if (this.#chunks === noChunks) this.#chunks = [last];
      else this.#chunks.push(last);
      this.#lastUsed = left;
    }
    this.#keptBytes += bytes.length;
  }

  #decode(): DecodedContent {
    const hasHole = this.gaps.length > 0;
    const soundBytes = Math.min(this.#soundBytes, this.#keptBytes);
    const isWhole = this.#finished && !hasHole && !this.truncated;
    const plain = this.#codings.removable.length === 0;
    const wire = this.#join(plain ? this.#keptBytes : soundBytes);
    return decodeContent(wire, this.#codings, {
      isWhole,
      limitBytes: decodedLimitBytes(this.#limitBytes),
    });
  }

  /** One buffer with the first `lengthBytes` bytes; later calls and pushes find it as the first chunk. */
  #join(lengthBytes: number): Buffer {
    if (this.#chunks.length > 1) {
      this.#chunks = [Buffer.concat(this.#chunks, this.#keptBytes)];
      this.#lastUsed = this.#keptBytes;
    }
    const first = this.#chunks[0] ?? empty;
    return first.length === lengthBytes ? first : first.subarray(0, lengthBytes);
  }
}

/** Text compresses about four to one; what expands to more is shown as far as this and said to be longer. */
function decodedLimitBytes(limitBytes: number): number {
  return Math.max(limitBytes, Math.min(4 * limitBytes, 16 << 20));
}

const noChunks: Buffer[] = [];
const smallBytes = 256;
const maxChunkBytes = 1 << 20;
const maxGaps = 64;
const empty = Buffer.alloc(0);
const noGaps: readonly never[] = Object.freeze([]);
