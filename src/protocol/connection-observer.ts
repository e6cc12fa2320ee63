import type { BodyBudget } from './body/body-budget.ts';
import type { Direction } from '../event/event.ts';
import type { Connection } from '../stream/stream-event.ts';
import type { Emit } from './protocol-event.ts';

export type EndReason = 'connection ended' | 'capture ended';

/** Watches both directions of one connection and emits what it recognises. Never throws, whatever the bytes. */
export interface ConnectionObserver {
  /** The next bytes of a direction; `bytes` is valid only during the call. */
  data(direction: Direction, bytes: Uint8Array, timeNs: number): void;
  /** Bytes are missing here; null when nobody knows how many. */
  gap(direction: Direction, lengthBytes: number | null, timeNs: number): void;
  /**
   * The connection ended, or only the capture did: everything unfinished is emitted, marked as cut for that reason. A
   * body that lasts until its connection ends is complete only in the first case.
   */
  end(timeNs: number, reason: EndReason): void;
}

/** What an observer is made with; pure, so that tests can supply all of it. */
export interface ObserverContext {
  readonly connection: Connection;
  readonly emit: Emit;
  /** Exchange ids are unique over the run, so they come from outside. */
  readonly nextExchangeId: () => number;
  /** Body bytes kept per message; what is beyond is counted and marked as truncated. */
  readonly bodyLimitBytes: number;
  /** Shared by all connections; without it only the limit per message counts. */
  readonly bodyBudget?: BodyBudget;
}
