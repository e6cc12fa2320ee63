import type { Direction, Endpoint, GapReason, Role } from '../event/event.ts';

/**
 * One TLS connection of one process. Sinks and observers see it read-only; the table that owns it fills in what is
 * learnt later (addresses, role) and keeps the totals.
 */
export interface Connection {
  /** From 1, given at the connection's first event; stable over the run. */
  readonly id: number;
  readonly family: string;
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
  readonly exe: string;
  readonly role: Role | null;
  readonly fd: number | null;
  readonly local: Endpoint | null;
  readonly remote: Endpoint | null;
  readonly identityNote: string;
  readonly joinedLate: boolean;
  readonly openedTimeNs: number;
  /** Bytes delivered so far, per direction. */
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Bytes known to be missing, and the number of gaps (a `joined-late` beginning counts as none). */
  readonly lostBytes: number;
  readonly gaps: number;
}

export type StreamEvent = StreamOpen | StreamData | StreamGap | StreamClose | StreamSecret | StreamTick;

export interface StreamOpen {
  readonly type: 'open';
  readonly timeNs: number;
  readonly connection: Connection;
}

/** Bytes in order: `offset` is where the previous data or gap of this direction ended. */
export interface StreamData {
  readonly type: 'data';
  readonly timeNs: number;
  readonly connection: Connection;
  readonly direction: Direction;
  readonly offset: number;
  readonly tid: number;
  /** Valid only until the handler returns. */
  readonly bytes: Uint8Array;
}

export interface StreamGap {
  readonly type: 'gap';
  readonly timeNs: number;
  readonly connection: Connection;
  readonly direction: Direction;
  readonly offset: number;
  /** Null when unknown: joined late, or no ledger entry. */
  readonly lengthBytes: number | null;
  readonly reason: GapReason;
}

export interface StreamClose {
  readonly type: 'close';
  readonly timeNs: number;
  readonly connection: Connection;
  /** `reused`: another connection appeared behind the same object; `end`: the capture ended first. */
  readonly cause: 'close' | 'exit' | 'reused' | 'end';
}

/** A TLS secret, of a connection that is already open, or of one that never carries text (QUIC): then it is null. */
export interface StreamSecret {
  readonly type: 'secret';
  readonly timeNs: number;
  readonly connection: Connection | null;
  readonly family: string;
  readonly pid: number;
  readonly label: string;
  /** Hex, as in its `SecretEvent`. */
  readonly clientRandom: string;
  readonly secret: string;
}

export interface StreamTick {
  readonly type: 'tick';
  readonly timeNs: number;
}
