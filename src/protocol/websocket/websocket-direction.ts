import { Buffer } from 'node:buffer';
import type { BodyBudget } from '../body/body-budget.ts';
import { type FrameHeader, opcode, parseFrameHeader } from './frame-header.ts';
import { findFrames } from './find-frames.ts';

/** A message, or a control frame; `bytes` unmasked and as it was sent otherwise. */
export interface WebSocketMessage {
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly bytes: Buffer;
  /** On the wire, without frame headers; `bytes` may be its beginning only. */
  readonly wireLengthBytes: number;
  readonly cut: string | null;
}

export interface WebSocketHandler {
  message(message: WebSocketMessage, timeNs: number): void;
  /** Bytes that belong to no frame. */
  raw(bytes: Uint8Array, offset: number, timeNs: number): void;
}

export interface DirectionSettings {
  readonly limitBytes: number;
  readonly budget: BodyBudget | undefined;
  /** The client masks, the server does not (RFC 6455 §5.1); null when it is not known who this is. */
  readonly isMasked: boolean | null;
  /** Its beginning was not seen. */
  readonly isInside: boolean;
}

/** One direction of a WebSocket: bytes in, messages out. Memory is bounded by the limit of a message. */
export class WebSocketDirection {
  readonly #handler: WebSocketHandler;
  readonly #settings: DirectionSettings;
  #offset = 0;
  #held: Buffer = empty;
  #isInStep: boolean;
  #frame: FrameHeader | null = null;
  #leftBytes = 0;
  #control: Collected | null = null;
  #message: Collected | null = null;

  constructor(handler: WebSocketHandler, settings: DirectionSettings) {
    this.#handler = handler;
    this.#settings = settings;
    this.#isInStep = !settings.isInside;
  }

  data(piece: Uint8Array, timeNs: number): void {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#held = empty;
    if (!this.#isInStep) this.#resync(bytes);
    if (!this.#isInStep) return this.#pass(bytes, timeNs);
    let at = 0;
    while (at < bytes.length) {
      if (this.#frame === null) {
        const header = parseFrameHeader(bytes, at);
        if (header === 'more') {
          this.#held = Buffer.from(bytes.subarray(at));
          return;
        }
        if (header === 'wrong' || !this.#fits(header)) {
          this.#loseStep('not a WebSocket frame', timeNs);
          return this.#pass(bytes.subarray(at), timeNs);
        }
        this.#begin(header);
        at += header.headerBytes;
        this.#offset += header.headerBytes;
      }
      const length = Math.min(this.#leftBytes, bytes.length - at);
      this.#collect(bytes, at, length);
      at += length;
      if (this.#leftBytes === 0) this.#endFrame(timeNs);
    }
  }

  gap(lengthBytes: number | null, timeNs: number): void {
    if (lengthBytes === 0) return;
    const lost = lengthBytes ?? Infinity;
    // What is held is the beginning of a header: then no frame is open.
    this.#releaseHeld(timeNs);
    this.#offset += lengthBytes ?? 0;
    if (this.#isInStep && this.#frame !== null && lost <= this.#leftBytes) {
      this.#leftBytes -= lost;
      const part = this.#part();
      if (part) part.cut ??= 'lost bytes';
      if (part) part.wireLengthBytes += lost;
      if (this.#leftBytes === 0) this.#endFrame(timeNs);
      return;
    }
    if (this.#isInStep) this.#loseStep('lost bytes', timeNs);
  }

  end(timeNs: number, reason: string): void {
    this.#releaseHeld(timeNs);
    this.#abandon(reason, timeNs);
  }

  #fits(header: FrameHeader): boolean {
    const { isMasked } = this.#settings;
    if (isMasked !== null && (header.mask !== null) !== isMasked) return false;
    const isControl = header.opcode >= opcode.close;
    // RFC 6455 §5.4: fragments of two messages are never mixed.
    return isControl || (header.opcode === opcode.continuation) === (this.#message !== null);
  }

  #begin(header: FrameHeader): void {
    this.#frame = header;
    this.#leftBytes = header.payloadBytes;
    if (header.opcode >= opcode.close) this.#control = collected(header);
    else if (header.opcode !== opcode.continuation) this.#message = collected(header);
  }

  #part(): Collected | null {
    return this.#frame !== null && this.#frame.opcode >= opcode.close ? this.#control : this.#message;
  }

  #collect(bytes: Uint8Array, at: number, length: number): void {
    const part = this.#part();
    const done = (this.#frame?.payloadBytes ?? 0) - this.#leftBytes;
    this.#leftBytes -= length;
    this.#offset += length;
    if (part === null || length === 0) return;
    part.wireLengthBytes += length;
    const room = part.cut === null ? Math.min(length, this.#settings.limitBytes - part.keptBytes) : 0;
    const granted = this.#settings.budget?.take(room) ?? room;
    if (granted > 0) {
      const own = Buffer.from(bytes.subarray(at, at + granted));
      unmask(own, this.#frame?.mask ?? null, done);
      part.pieces.push(own);
      part.keptBytes += granted;
    }
    if (granted < length) part.cut ??= 'longer than what is kept';
  }

  #endFrame(timeNs: number): void {
    const frame = this.#frame;
    this.#frame = null;
    if (frame === null || !frame.isFinal) return;
    if (frame.opcode >= opcode.close) {
      this.#emit(this.#control, timeNs);
      this.#control = null;
    } else {
      this.#emit(this.#message, timeNs);
      this.#message = null;
    }
  }

  #loseStep(reason: string, timeNs: number): void {
    this.#abandon(reason, timeNs);
    this.#isInStep = false;
  }

  #abandon(reason: string, timeNs: number): void {
    for (const part of [this.#control, this.#message]) {
      if (part !== null) this.#emit({ ...part, cut: part.cut ?? reason }, timeNs);
    }
    this.#frame = null;
    this.#control = null;
    this.#message = null;
  }

  #emit(part: Collected | null, timeNs: number): void {
    if (part === null) return;
    const { opcode: code, isCompressed, pieces, wireLengthBytes, cut } = part;
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    this.#handler.message({ opcode: code, isCompressed, bytes, wireLengthBytes, cut }, timeNs);
    this.#settings.budget?.giveBack(part.keptBytes);
  }

  #releaseHeld(timeNs: number): void {
    const held = this.#held;
    this.#held = empty;
    if (held.length > 0) this.#pass(held, timeNs);
  }

  /** Programs write whole frames, so that a piece that is made of them is no coincidence. */
  #resync(bytes: Uint8Array): void {
    this.#isInStep = findFrames(bytes, this.#settings.isMasked);
  }

  #pass(bytes: Uint8Array, timeNs: number): void {
    if (bytes.length > 0) this.#handler.raw(bytes, this.#offset, timeNs);
    this.#offset += bytes.length;
  }
}

interface Collected {
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly pieces: Buffer[];
  keptBytes: number;
  wireLengthBytes: number;
  cut: string | null;
}

function collected({ opcode: code, isCompressed }: FrameHeader): Collected {
  return { opcode: code, isCompressed, pieces: [], keptBytes: 0, wireLengthBytes: 0, cut: null };
}

/** `done`: bytes of the payload that came before. */
function unmask(bytes: Buffer, mask: number | null, done: number): void {
  if (mask === null) return;
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = bytes[i]! ^ (mask >>> (8 * ((done + i) & 3)));
}

const empty = Buffer.alloc(0);
