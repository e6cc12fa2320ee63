import { ByteQueue } from './byte-queue.ts';
import { DataPayload } from './data-payload.ts';
import { findFrameProblem } from './find-frame-problem.ts';
import type { FrameHandler } from './frame-handler.ts';
import { type FrameHeader, frameHeaderBytes, readFrameHeader } from './frame-header.ts';
import { FrameResync, type ResyncResult } from './frame-resync.ts';
import { findFrameName, frameFlag, frameType } from './frame-type.ts';

/**
 * Cuts one direction of an HTTP/2 connection into frames. DATA passes through in pieces; of any other frame at most
 * 1 MiB is held. Where it is out of step (the connection began earlier, bytes were lost, or it is not HTTP/2) it looks
 * for the next frame, for ever. Any split of the bytes gives the same frames.
 */
export class FrameReader {
  /** SETTINGS_MAX_FRAME_SIZE of the other side, as far as it was seen. */
  maxFrameBytes = 16_384;

  readonly #handler: FrameHandler;
  readonly #joinedLate: boolean;
  readonly #resync: FrameResync;
  #state: 'start' | 'header' | 'data' | 'payload' | 'lost' = 'start';
  #prefaceMatched = 0;
  /** The first frame of either side must be SETTINGS (RFC 9113 §3.4). */
  #isFirst = true;

  #header: FrameHeader = noFrame;
  readonly #headerBytes = new Uint8Array(frameHeaderBytes);
  #headerFill = 0;
  #startTimeNs = 0;
  #data = new DataPayload(0, false);
  #longestData = 0;
  readonly #payload = new ByteQueue();
  #payloadLeft = 0;
  #isDamaged = false;
  #openBlock: number | null = null;

  /** Bytes pushed and lost so far; what of them is still to be looked at, next last. */
  #offset = 0;
  readonly #todo: Uint8Array[] = [];

  constructor(handler: FrameHandler, options: { readonly joinedLate: boolean }) {
    this.#handler = handler;
    this.#joinedLate = options.joinedLate;
    this.#resync = new FrameResync((stream) => handler.mayCarryData(stream));
    if (options.joinedLate) this.#resync.maxDataBytes = maxUnheardDataBytes;
  }

  push(bytes: Uint8Array, timeNs: number): void {
    this.#offset += bytes.length;
    this.#run(bytes, timeNs);
  }

  /** Bytes are missing; null when nobody knows how many. */
  gap(lengthBytes: number | null, timeNs: number): void {
    if (lengthBytes === 0) return;
    const lost = lengthBytes ?? Number.POSITIVE_INFINITY;
    if (this.#state === 'data') this.#loseData(lost, timeNs);
    else if (this.#state === 'payload') this.#losePayload(lost, timeNs);
    else this.#leaveStep(timeNs);
    this.#offset += lengthBytes ?? 0;
  }

  /** No more bytes will come. */
  end(timeNs: number): void {
    if (this.#state === 'payload') this.#handler.damaged(this.#header, this.#startTimeNs, timeNs);
    if (this.#state === 'lost') this.#run(this.#deliver(this.#resync.end(), timeNs), timeNs);
    this.#giveUpHeld(timeNs);
  }

  #run(bytes: Uint8Array, timeNs: number): void {
    let next: Uint8Array | undefined = bytes;
    while (next !== undefined) {
      if (next.length > 0) next = this.#step(next, timeNs);
      if (next.length === 0) next = this.#todo.pop();
    }
  }

  /** Takes some of `bytes` and returns what comes next. */
  #step(bytes: Uint8Array, timeNs: number): Uint8Array {
    if (this.#state === 'data') return this.#readData(bytes, timeNs);
    if (this.#state === 'header') return this.#readHeader(bytes, timeNs);
    if (this.#state === 'payload') return this.#readPayload(bytes, timeNs);
    return this.#state === 'lost' ? this.#search(bytes, timeNs) : this.#readStart(bytes, timeNs);
  }

  #readStart(bytes: Uint8Array, timeNs: number): Uint8Array {
    let at = 0;
    while (at < bytes.length && bytes[at] === preface[this.#prefaceMatched]) {
      at++;
      if (++this.#prefaceMatched < preface.length) continue;
      this.#state = 'header';
      this.#handler.preface(timeNs);
      return bytes.subarray(at);
    }
    if (at === bytes.length) return nothing;
    // No preface: the server's side, or a connection that began earlier.
    this.#state = this.#joinedLate ? 'lost' : 'header';
    this.#todo.push(bytes.subarray(at));
    return preface.subarray(0, this.#prefaceMatched);
  }

  #readHeader(bytes: Uint8Array, timeNs: number): Uint8Array {
    if (this.#headerFill === 0) this.#startTimeNs = timeNs;
    const used = Math.min(frameHeaderBytes - this.#headerFill, bytes.length);
    this.#headerBytes.set(bytes.subarray(0, used), this.#headerFill);
    this.#headerFill += used;
    if (this.#headerFill < frameHeaderBytes) return nothing;
    this.#headerFill = 0;
    const header = readFrameHeader(this.#headerBytes, 0);
    const isMisplaced =
      this.#isFirst && (header.type !== frameType.settings || (header.flags & frameFlag.ack) !== 0);
    if (isMisplaced || findFrameProblem(header, this.#place()) !== undefined) {
      this.#todo.push(bytes.subarray(used));
      this.#leaveStep(timeNs);
      return this.#headerBytes.slice();
    }
    this.#isFirst = false;
    this.#beginFrame(header, timeNs);
    return bytes.subarray(used);
  }

  #place(): { readonly openBlock: number | null; readonly maxFrameBytes: number } {
    return { openBlock: this.#openBlock, maxFrameBytes: this.maxFrameBytes };
  }

  #beginFrame(header: FrameHeader, timeNs: number): void {
    this.#header = header;
    if (opensBlock.has(header.type)) {
      this.#openBlock = (header.flags & frameFlag.endHeaders) === 0 ? header.stream : null;
    }
    if (header.type === frameType.data) {
      this.#state = 'data';
      this.#longestData = Math.max(this.#longestData, header.lengthBytes);
      this.#data = new DataPayload(header.lengthBytes, (header.flags & frameFlag.padded) !== 0);
      if (header.lengthBytes === 0) this.#endData(timeNs);
      return;
    }
    this.#state = 'payload';
    this.#payloadLeft = header.lengthBytes;
    this.#isDamaged = false;
    if (header.lengthBytes === 0) this.#endPayload(nothing, timeNs);
  }

  #readData(bytes: Uint8Array, timeNs: number): Uint8Array {
    const used = Math.min(this.#data.leftBytes, bytes.length);
    const content = this.#data.take(bytes.subarray(0, used));
    if (content.length > 0) this.#handler.data(this.#header, content, timeNs);
    if (this.#data.leftBytes === 0) this.#endData(timeNs);
    return bytes.subarray(used);
  }

  #loseData(lost: number, timeNs: number): void {
    const left = this.#data.leftBytes;
    const lengthBytes = this.#data.skip(Math.min(lost, left));
    if (lengthBytes !== 0) this.#handler.dataGap(this.#header, lengthBytes, timeNs);
    if (lost >= left) this.#endData(timeNs);
    if (lost > left) this.#leaveStep(timeNs);
  }

  #endData(timeNs: number): void {
    this.#state = 'header';
    this.#handler.dataEnd(this.#header, timeNs);
  }

  #readPayload(bytes: Uint8Array, timeNs: number): Uint8Array {
    const used = Math.min(this.#payloadLeft, bytes.length);
    const isWhole = used === this.#header.lengthBytes;
    this.#payloadLeft -= used;
    const room = keptBytes(this.#header.type) - this.#payload.length;
    const kept = bytes.subarray(0, Math.min(used, Math.max(room, 0)));
    if (!isWhole) this.#payload.append(kept);
    if (this.#payloadLeft === 0) this.#endPayload(isWhole ? kept : this.#payload.view(), timeNs);
    return bytes.subarray(used);
  }

  #losePayload(lost: number, timeNs: number): void {
    this.#isDamaged = true;
    const left = this.#payloadLeft;
    this.#payloadLeft -= Math.min(lost, left);
    if (this.#payloadLeft === 0) this.#endPayload(nothing, timeNs);
    if (lost > left) this.#leaveStep(timeNs);
  }

  #endPayload(payload: Uint8Array, timeNs: number): void {
    this.#state = 'header';
    if (this.#isDamaged) this.#handler.damaged(this.#header, this.#startTimeNs, timeNs);
    else this.#handler.frame(this.#header, payload, this.#startTimeNs, timeNs);
    this.#payload.drop(this.#payload.length);
  }

  #leaveStep(timeNs: number): void {
    this.#giveUpHeld(timeNs);
    this.#handler.outOfStep(timeNs);
    this.#state = 'lost';
    this.#openBlock = null;
    this.#resync.maxDataBytes = Math.min(
      Math.max(this.maxFrameBytes, this.#longestData),
      maxUnheardDataBytes,
    );
    this.#resync.restart();
  }

  /** What was held in the hope of a preface, a header or a frame belongs to none. */
  #giveUpHeld(timeNs: number): void {
    let held: Uint8Array = nothing;
    if (this.#state === 'start') held = preface.subarray(0, this.#prefaceMatched);
    else if (this.#state === 'header') held = this.#headerBytes.slice(0, this.#headerFill);
    else if (this.#state === 'lost') held = this.#resync.giveUp();
    this.#headerFill = this.#prefaceMatched = 0;
    this.#deliver({ unrecognised: held, frames: null }, timeNs);
  }

  #search(bytes: Uint8Array, timeNs: number): Uint8Array {
    // In small steps: what the search is given and does not need is copied back.
    const used = Math.min(bytes.length, searchStepBytes);
    this.#todo.push(bytes.subarray(used));
    return this.#deliver(this.#resync.push(bytes.subarray(0, used)), timeNs);
  }

  #deliver(result: ResyncResult, timeNs: number): Uint8Array {
    const { unrecognised, frames } = result;
    if (unrecognised.length > 0) {
      let offset = this.#offset - unrecognised.length - (frames?.length ?? this.#resync.heldBytes);
      for (const later of this.#todo) offset -= later.length;
      this.#handler.unrecognised(unrecognised, offset, timeNs);
    }
    if (frames === null) return nothing;
    this.#state = 'header';
    this.#isFirst = false;
    return frames;
  }
}

function keptBytes(type: number): number {
  if (type === frameType.continuation || opensBlock.has(type)) return maxFragmentBytes;
  return findFrameName(type) === undefined ? 0 : maxControlBytes;
}

const preface: Uint8Array = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const nothing = new Uint8Array(0);
const noFrame: FrameHeader = { lengthBytes: 0, type: 0, flags: 0, stream: 0, reservedBit: false };
const opensBlock: ReadonlySet<number> = new Set([
  frameType.headers,
  frameType.pushPromise,
  frameType.continuation,
]);
const maxFragmentBytes = 1 << 20;
/** SETTINGS with thousands of entries still fits; of a GOAWAY's debug data nobody needs more. */
const maxControlBytes = 1 << 16;
/** The largest that Go's client writes, if the server allows it: what may come where no SETTINGS were seen. */
const maxUnheardDataBytes = 512 << 10;
const searchStepBytes = 4096;
