import type { Direction } from '../../event/event.ts';
import type { ObserverContext } from '../connection-observer.ts';
import { RawData } from '../raw-data.ts';
import type { ClientDirection } from './client-direction.ts';
import { errorCodeName } from './error-code-name.ts';
import { formatControlFrame } from './format-control-frame.ts';
import type { FrameHeader } from './frame-header.ts';
import { frameFlag, frameType } from './frame-type.ts';
import type { BlockArrival, DirectionHandler } from './http2-direction.ts';
import type { Http2Streams } from './http2-streams.ts';
import { readUint32 } from './read-uint32.ts';

export interface FrameRouterParts {
  readonly context: ObserverContext;
  readonly clients: ClientDirection;
  readonly streams: Http2Streams;
  /** The longest frame that `sender` may send from now on. */
  readonly limitFrames: (sender: Direction, maxBytes: number) => void;
}

/** Takes what both directions of a connection tell to its streams, and tells what belongs to none of them. */
export class FrameRouter implements DirectionHandler {
  readonly #parts: FrameRouterParts;
  readonly #raw: Readonly<Record<Direction, RawData>>;

  constructor(parts: FrameRouterParts) {
    this.#parts = parts;
    this.#raw = { read: new RawData(parts.context, 'read'), write: new RawData(parts.context, 'write') };
  }

  preface(direction: Direction, timeNs: number): void {
    if (!this.#parts.clients.prove(direction)) this.#parts.streams.startOver(timeNs);
    this.#tell(direction, 'connection preface', timeNs);
  }

  headers(direction: Direction, arrival: BlockArrival, timeNs: number): void {
    if (this.#parts.streams.headers(direction, arrival, timeNs)) return;
    const { stream, promisedStream } = arrival.about;
    const what = promisedStream === null ? 'HEADERS' : `PUSH_PROMISE promised=${promisedStream}`;
    this.#tell(direction, `${what} stream=${stream} after its end`, timeNs);
  }

  data(direction: Direction, header: FrameHeader, bytes: Uint8Array, timeNs: number): void {
    this.#parts.streams.data(direction, header.stream, bytes, timeNs);
  }

  dataGap(direction: Direction, header: FrameHeader, lengthBytes: number | null, timeNs: number): void {
    this.#parts.streams.dataGap(direction, header.stream, lengthBytes, timeNs);
  }

  dataEnd(direction: Direction, header: FrameHeader, timeNs: number): void {
    const endStream = (header.flags & frameFlag.endStream) !== 0;
    if (this.#parts.streams.dataEnd(direction, header.stream, endStream, timeNs)) return;
    this.#tell(direction, `DATA stream=${header.stream} length=${header.lengthBytes} after its end`, timeNs);
  }

  control(direction: Direction, header: FrameHeader, payload: Uint8Array, timeNs: number): void {
    this.#tell(direction, formatControlFrame(header, payload), timeNs);
    if (payload.length < header.lengthBytes && header.type !== frameType.goaway) return;
    if (header.type === frameType.settings) this.#noteSettings(direction, payload);
    else if (header.type === frameType.rstStream) {
      const reason = `stream reset (${errorCodeName(readUint32(payload, 0))})`;
      this.#parts.streams.reset(header.stream, reason, timeNs);
    } else if (header.type === frameType.goaway) {
      const reason = `not processed (GOAWAY ${errorCodeName(readUint32(payload, 4))})`;
      this.#parts.streams.goAway(direction, readUint32(payload, 0) % 2 ** 31, reason, timeNs);
    }
  }

  outOfStep(direction: Direction, timeNs: number): void {
    this.#parts.streams.outOfStep(direction, timeNs);
  }

  mayCarryData(direction: Direction, stream: number): boolean {
    return this.#parts.streams.mayCarryData(direction, stream);
  }

  unrecognised(direction: Direction, bytes: Uint8Array, offset: number, timeNs: number): void {
    this.#raw[direction].emit(bytes, offset, timeNs);
  }

  /** Of all settings only this one is needed: see `HpackDecoder` for SETTINGS_HEADER_TABLE_SIZE. */
  #noteSettings(direction: Direction, payload: Uint8Array): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const id = (payload[at]! << 8) | payload[at + 1]!;
      if (id !== maxFrameSize) continue;
      const maxBytes = Math.max(readUint32(payload, at + 2), minMaxFrameBytes);
      this.#parts.limitFrames(direction === 'read' ? 'write' : 'read', maxBytes);
    }
  }

  #tell(direction: Direction, text: string, timeNs: number): void {
    const { connection, emit } = this.#parts.context;
    emit({ type: 'control', timeNs, connection, direction, text });
  }
}

const maxFrameSize = 0x5;
const minMaxFrameBytes = 16_384;
