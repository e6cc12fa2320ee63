import type { Direction } from '../event/event.ts';
import type { ObserverContext } from './connection-observer.ts';

/** Emits bytes of one direction that were not recognised, as `data` events with their offset in that direction. */
export class RawData {
  readonly direction: Direction;
  readonly #context: ObserverContext;

  constructor(context: ObserverContext, direction: Direction) {
    this.#context = context;
    this.direction = direction;
  }

  emit(bytes: Uint8Array, offset: number, timeNs: number): void {
    if (bytes.length === 0) return;
    const { connection, emit } = this.#context;
    emit({ type: 'data', timeNs, connection, direction: this.direction, offset, tid: connection.tid, bytes });
  }
}
