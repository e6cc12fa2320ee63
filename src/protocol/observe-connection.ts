import type { Direction, Role } from '../event/event.ts';
import type { ConnectionObserver, EndReason, ObserverContext } from './connection-observer.ts';
import { decidingBytes, type Detected, detectProtocol } from './detect-protocol.ts';
import { Http1Observer } from './http1/http1-observer.ts';
import { Http2Observer } from './http2/http2-observer.ts';
import { RawObserver } from './raw-observer.ts';
import { findFrames } from './websocket/find-frames.ts';
import { WebSocketObserver } from './websocket/websocket-observer.ts';
import { shiftOffsets } from './shift-offsets.ts';

/**
 * The observer of a connection whose protocol is not known yet. The first bytes of either direction decide; fewer than
 * 24 of each are held back meanwhile. What is neither HTTP/1 nor HTTP/2 is passed on as `data`. Where the beginning was
 * not seen (joined late, or lost), what is not recognised is passed on too, but each new piece may still decide.
 */
export function observeConnection(context: ObserverContext): ConnectionObserver {
  return new UndecidedConnection(context);
}

class UndecidedConnection implements ConnectionObserver {
  readonly #context: ObserverContext;
  /** Passes on what is not recognised while undecided, and for good when nothing is. */
  readonly #raw: RawObserver;
  #chosen: ConnectionObserver | null = null;
  /** Beginnings that are too short to tell, in the order they came. */
  #held: { readonly direction: Direction; readonly bytes: Buffer; readonly timeNs: number }[] = [];
  #framePieces = 0;
  readonly #isInside: Record<Direction, boolean>;
  /** Directions whose beginning went by; those of a late join apart, which observers know of. */
  readonly #wentBy = new Set<Direction>();

  constructor(context: ObserverContext) {
    const { joinedLate } = context.connection;
    this.#context = context;
    this.#raw = new RawObserver(context);
    this.#isInside = { read: joinedLate, write: joinedLate };
  }

  data(direction: Direction, bytes: Uint8Array, timeNs: number): void {
    if (this.#chosen !== null) return this.#chosen.data(direction, bytes, timeNs);
    if (bytes.length === 0) return;
    const detected = detectProtocol(this.#beginning(direction, bytes), this.#isInside[direction]);
    if (detected === 'more') {
      this.#held.push({ direction, bytes: Buffer.from(bytes), timeNs });
      return;
    }
    if (detected === 'none' && this.#isInside[direction]) {
      if (!this.#isWebSocket(direction, bytes)) return this.#pass(direction, bytes, timeNs);
      for (const one of directions) this.#release(one);
      this.#chosen = this.#makeWebSocket();
      return this.#chosen.data(direction, bytes, timeNs);
    }
    const chosen = this.#choose(detected, timeNs);
    for (const held of this.#held.splice(0)) chosen.data(held.direction, held.bytes, held.timeNs);
    chosen.data(direction, bytes, timeNs);
  }

  gap(direction: Direction, lengthBytes: number | null, timeNs: number): void {
    if (this.#chosen !== null) return this.#chosen.gap(direction, lengthBytes, timeNs);
    if (lengthBytes === 0) return;
    this.#release(direction);
    this.#raw.gap(direction, lengthBytes, timeNs);
    this.#wentBy.add(direction);
    this.#isInside[direction] = true;
  }

  end(timeNs: number, reason: EndReason): void {
    if (this.#chosen === null) for (const direction of directions) this.#release(direction);
    else this.#chosen.end(timeNs, reason);
  }

  /** What was held of a direction, and the new piece; only as much as decides, unless it is one piece anyway. */
  #beginning(direction: Direction, bytes: Uint8Array): Uint8Array {
    const held = this.#held.filter((piece) => piece.direction === direction).map((piece) => piece.bytes);
    return held.length === 0 ? bytes : Buffer.concat([...held, bytes.subarray(0, decidingBytes)]);
  }

  #choose(detected: Exclude<Detected, 'more'>, timeNs: number): ConnectionObserver {
    const chosen = this.#make(detected);
    this.#chosen = chosen;
    if (detected !== 'none' && !this.#context.connection.joinedLate) {
      for (const direction of this.#wentBy) chosen.gap(direction, null, timeNs);
    }
    return chosen;
  }

  /** A WebSocket in the middle has nothing but its frames: two pieces in a row that are made of them are no coincidence. */
  #isWebSocket(direction: Direction, bytes: Uint8Array): boolean {
    const client = clientDirection(this.#context.connection.role);
    const fits = findFrames(bytes, client === null ? null : direction === client);
    this.#framePieces = fits ? this.#framePieces + 1 : 0;
    return this.#framePieces >= enoughPieces;
  }

  #makeWebSocket(): ConnectionObserver {
    const context = shiftOffsets(this.#context, { ...this.#raw.offsets });
    const client = clientDirection(this.#context.connection.role);
    return new WebSocketObserver({ context, exchange: null, client, deflate: null });
  }

  #make(detected: Exclude<Detected, 'more'>): ConnectionObserver {
    if (detected === 'none') return this.#raw;
    const context = shiftOffsets(this.#context, { ...this.#raw.offsets });
    return detected === 'h2' ? new Http2Observer(context) : new Http1Observer(context, observeConnection);
  }

  #pass(direction: Direction, bytes: Uint8Array, timeNs: number): void {
    this.#release(direction);
    this.#raw.data(direction, bytes, timeNs);
    this.#wentBy.add(direction);
  }

  /** Passes on what was held of a direction. */
  #release(direction: Direction): void {
    const held = this.#held;
    this.#held = held.filter((piece) => piece.direction !== direction);
    for (const piece of held) {
      if (piece.direction === direction) this.#raw.data(direction, piece.bytes, piece.timeNs);
    }
  }
}

function clientDirection(role: Role | null): Direction | null {
  if (role === null) return null;
  return role === 'client' ? 'write' : 'read';
}

const enoughPieces = 2;
const directions: readonly Direction[] = ['read', 'write'];
