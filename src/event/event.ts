/**
 * Everything the pure part of tlstap is given, in order. A live capture and a recording produce the same sequence,
 * so a replay prints the same bytes. All times are `CLOCK_MONOTONIC` in nanoseconds.
 */
export type CaptureEvent =
  | OpenEvent
  | DataEvent
  | CloseEvent
  | ProcessEvent
  | ExitEvent
  | OffsetsEvent
  | TickEvent
  | EndEvent;

/** Seen from the process: what it received is `read`, what it sent is `write`. */
export type Direction = 'read' | 'write';

export type Role = 'client' | 'server';

/** Why bytes of a stream are missing. `sink` is added by outputs that could not deliver. */
export type GapReason = 'ring-full' | 'fault' | 'too-long' | 'table-full' | 'joined-late' | 'sink';

export type Endpoint =
  | { readonly address: string; readonly port: number }
  /** Unix socket; a leading `@` stands for the abstract namespace, an empty path for an unnamed socket. */
  | { readonly path: string };

/**
 * Names one TLS connection object: the same address in the same process is a new connection when its generation
 * changes. `generation` is the kernel time at which the ledger entry was made; 0 without an entry (`table-full`).
 */
export interface ConnectionKey {
  readonly pid: number;
  readonly pointer: number;
  readonly generation: number;
}

interface KernelEvent extends ConnectionKey {
  readonly timeNs: number;
  readonly tid: number;
}

/** May come several times for one connection; a later one may know more. */
export interface OpenEvent extends KernelEvent {
  readonly type: 'open';
  readonly family: string;
  /** Command name of the process (not of the thread). */
  readonly comm: string;
  /** File that was probed, as named in the plan. */
  readonly exe: string;
  readonly role: Role | null;
  readonly fd: number | null;
  readonly local: Endpoint | null;
  readonly remote: Endpoint | null;
  /** No handshake was seen: bytes before this moment are unknown. */
  readonly joinedLate: boolean;
  /** Why `local` and `remote` are null, for `-v`; empty when they are known. */
  readonly identityNote: string;
}

export interface DataEvent extends KernelEvent {
  readonly type: 'data';
  readonly direction: Direction;
  /** Offset of the first byte in its direction's stream; null when the ledger had no room (`table-full`). */
  readonly offset: number | null;
  /** Valid only until the handler returns: it may be a view of the ring buffer. */
  readonly bytes: Uint8Array;
  /** Why bytes before `offset` are missing, if some are. */
  readonly gapReason: GapReason | null;
}

/** The connection was closed, or its object is used for another one. Data that was in flight may still follow. */
export interface CloseEvent extends KernelEvent, FinalOffsets {
  readonly type: 'close';
}

/** How far each direction came: what is beyond the last data event was lost. */
export interface FinalOffsets {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly readGapReason: GapReason | null;
  readonly writeGapReason: GapReason | null;
}

/** Facts about a process, at the moment they were learnt. */
export interface ProcessEvent {
  readonly type: 'process';
  readonly timeNs: number;
  readonly pid: number;
  readonly comm: string;
  readonly exe: string;
}

export interface ExitEvent {
  readonly type: 'exit';
  readonly timeNs: number;
  readonly pid: number;
}

/** Final offsets of a connection, read from the ledger. */
export interface OffsetsEvent extends ConnectionKey, FinalOffsets {
  readonly type: 'offsets';
  readonly timeNs: number;
  /** The connection was closed: nothing follows. */
  readonly final: boolean;
}

/** Time passing without kernel events: timers of the pure part run on it. */
export interface TickEvent {
  readonly type: 'tick';
  readonly timeNs: number;
}

/** Kernel counters at the end of the run. Connections still open end here. */
export interface EndEvent {
  readonly type: 'end';
  readonly timeNs: number;
  readonly counters: Counters;
}

/** Counted in the kernel over the whole run. */
export interface Counters {
  readonly events: number;
  readonly bytes: number;
  readonly ringFullEvents: number;
  readonly ringFullBytes: number;
  readonly faultEvents: number;
  readonly faultBytes: number;
  readonly tooLongEvents: number;
  readonly tooLongBytes: number;
  readonly tableFull: number;
  readonly filtered: number;
  /** Hits that could not be told: their receiver or length could not be read or made no sense. Bytes unknown. */
  readonly unreadable: number;
}
