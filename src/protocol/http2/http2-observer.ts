import type { Direction } from '../../event/event.ts';
import type { ConnectionObserver, EndReason, ObserverContext } from '../connection-observer.ts';
import { ClientDirection } from './client-direction.ts';
import { FrameRouter } from './frame-router.ts';
import { Http2Direction } from './http2-direction.ts';
import { Http2Streams } from './http2-streams.ts';

/**
 * HTTP/2 (RFC 9113) on one connection, from its start or from anywhere in it. Bytes that are in no frame are passed on
 * as `data` events, frames that carry no message as `control` events.
 */
export class Http2Observer implements ConnectionObserver {
  readonly #joinedLate: boolean;
  readonly #streams: Http2Streams;
  readonly #directions: Readonly<Record<Direction, Http2Direction>>;
  readonly #hasBegun: Record<Direction, boolean> = { read: false, write: false };

  constructor(context: ObserverContext) {
    const { joinedLate } = context.connection;
    this.#joinedLate = joinedLate;
    const clients = new ClientDirection(context.connection);
    this.#streams = new Http2Streams(context, clients);
    const router = new FrameRouter({
      context,
      clients,
      streams: this.#streams,
      limitFrames: (sender, maxBytes) => (this.#directions[sender].reader.maxFrameBytes = maxBytes),
    });
    this.#directions = {
      read: new Http2Direction('read', router, { joinedLate }),
      write: new Http2Direction('write', router, { joinedLate }),
    };
  }

  data(direction: Direction, bytes: Uint8Array, timeNs: number): void {
    this.#hasBegun[direction] = true;
    this.#directions[direction].reader.push(bytes, timeNs);
  }

  gap(direction: Direction, lengthBytes: number | null, timeNs: number): void {
    // Says only that the connection is older than the capture, which is known.
    if (this.#joinedLate && !this.#hasBegun[direction] && lengthBytes === null) return;
    this.#hasBegun[direction] = true;
    this.#directions[direction].reader.gap(lengthBytes, timeNs);
  }

  end(timeNs: number, reason: EndReason): void {
    this.#directions.read.reader.end(timeNs);
    this.#directions.write.reader.end(timeNs);
    this.#streams.end(timeNs, reason);
  }
}
