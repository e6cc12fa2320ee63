import type { Direction } from '../event/event.ts';
import type { ConnectionObserver, EndReason, ObserverContext } from './connection-observer.ts';
import { RawData } from './raw-data.ts';

/** Passes on everything as `data`: what a connection carries is not known, so nothing of it is interpreted. */
export class RawObserver implements ConnectionObserver {
  readonly #raw: Readonly<Record<Direction, RawData>>;
  readonly #offsets: Record<Direction, number> = { read: 0, write: 0 };

  constructor(context: ObserverContext) {
    this.#raw = { read: new RawData(context, 'read'), write: new RawData(context, 'write') };
  }

  /** Bytes of each direction seen or known to be missing so far. */
  get offsets(): Readonly<Record<Direction, number>> {
    return this.#offsets;
  }

  data(direction: Direction, bytes: Uint8Array, timeNs: number): void {
    this.#raw[direction].emit(bytes, this.#offsets[direction], timeNs);
    this.#offsets[direction] += bytes.length;
  }

  gap(direction: Direction, lengthBytes: number | null, _timeNs: number): void {
    this.#offsets[direction] += lengthBytes ?? 0;
  }

  end(_timeNs: number, _reason: EndReason): void {
    // Nothing is held back.
  }
}
