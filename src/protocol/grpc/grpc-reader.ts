import { Buffer, isUtf8 } from 'node:buffer';
import type { BodyUnits } from '../body-units.ts';
import { decodeContent } from '../body/decode-content.ts';
import { parseContentCodings } from '../body/parse-content-codings.ts';
import type { Exchange, HttpMessage } from '../exchange.ts';
import type { Emit } from '../protocol-event.ts';
import type { UnitType } from '../unit-type.ts';
import { formatProtobuf } from './format-protobuf.ts';

/**
 * Messages of a gRPC body, each after five bytes: a flag (1: compressed; 128: trailers, gRPC-Web only) and a length,
 * big-endian. Source: gRPC over HTTP2, "Length-Prefixed-Message"; gRPC-Web protocol.
 */
export class GrpcReader implements BodyUnits {
  readonly protocol = 'grpc';
  readonly #isBase64: boolean;
  readonly #exchange: Exchange;
  readonly #message: HttpMessage;
  readonly #emit: Emit;
  readonly #prefix = Buffer.alloc(prefixBytes);
  #prefixLength = 0;
  #frame: Frame | null = null;
  #number = 0;
  /** Where messages begin is not known any more. */
  #isLost = false;
  /** Characters of base64 that make no whole group yet. */
  #base64 = '';

  constructor(type: Exclude<UnitType, 'sse'>, exchange: Exchange, message: HttpMessage, emit: Emit) {
    this.#isBase64 = type === 'grpc-web-text';
    this.#exchange = exchange;
    this.#message = message;
    this.#emit = emit;
  }

  push(bytes: Uint8Array, timeNs: number): void {
    if (this.#isLost) return;
    if (this.#isBase64) this.#readText(bytes, timeNs);
    else this.#read(bytes, timeNs);
  }

  gap(lengthBytes: number | null, timeNs: number): void {
    if (lengthBytes === 0 || this.#isLost) return;
    const frame = this.#frame;
    if (frame === null || lengthBytes === null || lengthBytes > frame.leftBytes || this.#isBase64) {
      this.#isLost = true;
      return this.#abandon('lost bytes', timeNs);
    }
    frame.leftBytes -= lengthBytes;
    frame.cut ??= 'lost bytes';
    if (frame.leftBytes === 0) this.#endFrame(frame, timeNs);
  }

  end(timeNs: number, cut: string | null): void {
    this.#abandon(cut ?? 'not complete', timeNs);
  }

  #read(bytes: Uint8Array, timeNs: number): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#frame === null) {
        this.#prefix[this.#prefixLength] = bytes[at]!;
        this.#prefixLength += 1;
        at += 1;
        if (this.#prefixLength < prefixBytes) continue;
        this.#begin();
      } else {
        const length = Math.min(this.#frame.leftBytes, bytes.length - at);
        this.#collect(this.#frame, bytes.subarray(at, at + length));
        at += length;
      }
      const frame: Frame | null = this.#frame;
      if (frame !== null && frame.leftBytes === 0) this.#endFrame(frame, timeNs);
    }
  }

  #begin(): void {
    this.#prefixLength = 0;
    const lengthBytes = this.#prefix.readUInt32BE(1);
    this.#frame = {
      flags: this.#prefix[0] ?? 0,
      lengthBytes,
      leftBytes: lengthBytes,
      pieces: [],
      keptBytes: 0,
      cut: null,
    };
  }

  #collect(frame: Frame, bytes: Uint8Array): void {
    frame.leftBytes -= bytes.length;
    // After a hole nothing more is kept: what is kept must be a beginning.
    const room = frame.cut === null ? Math.min(bytes.length, messageLimitBytes - frame.keptBytes) : 0;
    if (room > 0) frame.pieces.push(Buffer.from(bytes.subarray(0, room)));
    frame.keptBytes += room;
    if (room < bytes.length) frame.cut ??= `longer than ${messageLimitBytes} bytes`;
  }

  #abandon(cut: string, timeNs: number): void {
    const frame = this.#frame;
    if (frame === null) return;
    frame.cut ??= cut;
    this.#endFrame(frame, timeNs);
  }

  #endFrame(frame: Frame, timeNs: number): void {
    this.#frame = null;
    const isTrailers = (frame.flags & trailersFlag) !== 0;
    if (!isTrailers) this.#number += 1;
    const content = this.#decode(frame);
    const { bytes } = content;
    this.#emit({
      type: 'message',
      timeNs,
      connection: this.#exchange.connection,
      direction: this.#message.direction,
      exchange: this.#exchange,
      protocol: this.protocol,
      kind: isTrailers ? 'trailers' : 'message',
      bytes,
      isText: isTrailers && isUtf8(bytes),
      lengthBytes: content.lengthBytes,
      wireLengthBytes: content.isCompressed ? frame.lengthBytes : null,
      fields: isTrailers ? noFields : [['number', String(this.#number)]],
      describe: isTrailers || !content.isKnown ? null : () => formatProtobuf(bytes),
      cut: content.cut,
    });
  }

  #decode(frame: Frame): Content {
    const wire = frame.pieces.length === 1 ? frame.pieces[0]! : Buffer.concat(frame.pieces);
    const isCompressed = (frame.flags & compressedFlag) !== 0;
    const { cut } = frame;
    if (!isCompressed)
      return { bytes: wire, isCompressed, isKnown: true, lengthBytes: frame.lengthBytes, cut };
    const encoding = findHeader(this.#message, 'grpc-encoding') ?? '';
    const codings = parseContentCodings(encoding);
    if (codings.removable.length !== 1)
      return {
        bytes: wire,
        isCompressed,
        isKnown: false,
        lengthBytes: null,
        cut: cut ?? `compressed (${encoding})`,
      };
    const decoded = decodeContent(wire, codings, { isWhole: cut === null, limitBytes: messageLimitBytes });
    return { ...decoded, isCompressed, isKnown: true, cut: cut ?? decoded.problem };
  }

  /** gRPC-Web in base64: groups of four characters, each message padded on its own. */
  #readText(bytes: Uint8Array, timeNs: number): void {
    const text = this.#base64 + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const whole = text.length - (text.length % 4);
    this.#base64 = text.slice(whole);
    const validLength = findBase64End(text, whole);
    const groups = text.slice(0, validLength).match(/[^=]+={0,2}/g) ?? [];
    this.#read(Buffer.concat(groups.map((group) => Buffer.from(group, 'base64'))), timeNs);
    if (validLength === whole) return;
    this.#isLost = true;
    this.#abandon('not base64', timeNs);
  }
}

interface Frame {
  readonly flags: number;
  readonly lengthBytes: number;
  leftBytes: number;
  readonly pieces: Buffer[];
  keptBytes: number;
  cut: string | null;
}

interface Content {
  readonly bytes: Uint8Array;
  readonly isCompressed: boolean;
  readonly isKnown: boolean;
  readonly lengthBytes: number | null;
  readonly cut: string | null;
}

function findHeader(message: HttpMessage, name: string): string | null {
  const value = message.headers.find(([one]) => one?.toLowerCase() === name)?.[1];
  return typeof value === 'string' ? value : null;
}

/** How much of the text, up to `end`, is whole groups: four letters, or fewer and padding. */
function findBase64End(text: string, end: number): number {
  for (let at = 0; at < end; at += 4) {
    const letters = [0, 1, 2, 3].findIndex((index) => !isBase64Letter(text.charCodeAt(at + index)));
    const isGroup =
      letters < 0 || (letters >= 2 && text.slice(at + letters, at + 4) === '=='.slice(0, 4 - letters));
    if (!isGroup) return at;
  }
  return end;
}

function isBase64Letter(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  // `/` stands before `0`.
  return isLetter || (code >= 0x2f && code <= 0x39) || code === 0x2b;
}

const prefixBytes = 5;
const compressedFlag = 1;
const trailersFlag = 128;
const messageLimitBytes = 4 * 2 ** 20;
const noFields: readonly never[] = Object.freeze([]);
