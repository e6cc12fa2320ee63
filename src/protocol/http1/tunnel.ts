import type { Direction } from '../../event/event.ts';
import type { ConnectionObserver, EndReason, ObserverContext } from '../connection-observer.ts';
import type { Exchange, Header } from '../exchange.ts';
import { findDeflateTerms } from '../websocket/deflate-terms.ts';
import { WebSocketObserver } from '../websocket/websocket-observer.ts';

/** Makes the observer of a connection whose protocol is not known. */
export type ObserveUnknown = (context: ObserverContext) => ConnectionObserver;

/**
 * What a connection carries after an HTTP/1.1 exchange switched it: by 101 to the protocol that its `Upgrade` names
 * (RFC 9110 §7.8), by CONNECT to one that its first bytes tell.
 */
export class Tunnel {
  readonly #observer: ConnectionObserver;
  /** Offsets of the first bytes, so that what is not recognised keeps its place in the stream. */
  readonly #bases: Record<Direction, number | null> = { read: null, write: null };

  constructor(context: ObserverContext, exchange: Exchange, observeUnknown: ObserveUnknown) {
    const shifted: ObserverContext = {
      ...context,
      emit: (event) => {
        if (event.type !== 'data') context.emit(event);
        else context.emit({ ...event, offset: event.offset + (this.#bases[event.direction] ?? 0) });
      },
    };
    this.#observer = makeObserver(shifted, exchange, observeUnknown);
  }

  data(direction: Direction, bytes: Uint8Array, offset: number, timeNs: number): void {
    this.#bases[direction] ??= offset;
    this.#observer.data(direction, bytes, timeNs);
  }

  gap(direction: Direction, lengthBytes: number | null, offset: number, timeNs: number): void {
    this.#bases[direction] ??= offset;
    this.#observer.gap(direction, lengthBytes, timeNs);
  }

  end(timeNs: number, reason: EndReason): void {
    this.#observer.end(timeNs, reason);
  }
}

function makeObserver(
  context: ObserverContext,
  exchange: Exchange,
  observeUnknown: ObserveUnknown,
): ConnectionObserver {
  const { response } = exchange;
  if (response?.status === 101 && names(response.headers, 'upgrade').includes('websocket')) {
    const client = response.direction === 'read' ? 'write' : 'read';
    const deflate = findDeflateTerms(response.headers);
    return new WebSocketObserver({ context, exchange, client, deflate });
  }
  return observeUnknown(context);
}

function names(headers: readonly Header[], wanted: string): string[] {
  return headers
    .filter(([name]) => name?.toLowerCase() === wanted)
    .flatMap(([, value]) => (typeof value === 'string' ? value.toLowerCase().split(',') : []))
    .map((name) => name.trim());
}
