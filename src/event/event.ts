/**
 * Everything the pure part of tlstap is given, in order. A live capture and a recording produce the same sequence,
 * so a replay prints the same bytes. All times are `CLOCK_MONOTONIC` in nanoseconds.
 */
export type CaptureEvent =
  | OpenEvent
  | DataEvent
  | CloseEvent
  | SecretEvent
  | PacketEvent
  | InterfaceEvent
  | InterfaceCountersEvent
  | FileEvent
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

/** One line of a key log. `pointer` and `generation` are 0 where the connection is not known. */
export interface SecretEvent extends KernelEvent {
  readonly type: 'secret';
  readonly family: string;
  /** As in SSLKEYLOGFILE, e.g. `CLIENT_RANDOM`, `SERVER_TRAFFIC_SECRET_0`. */
  readonly label: string;
  /** 32 bytes, lower-case hex. */
  readonly clientRandom: string;
  /** Lower-case hex. */
  readonly secret: string;
}

/** Seen from the host: what arrives is `in`. */
export type PacketDirection = 'in' | 'out';

/** The process that owns a packet's socket. One object per process: what is made of it can be kept by identity. */
export interface PacketOwner {
  readonly pid: number;
  readonly uid: number;
  readonly comm: string;
}

export interface PacketEvent {
  readonly type: 'packet';
  readonly timeNs: number;
  /** As in its {@link InterfaceEvent}, which comes before the interface's first packet. */
  readonly interfaceId: number;
  readonly direction: PacketDirection;
  /** Length on the wire; `bytes` may be shorter. */
  readonly lengthBytes: number;
  /** Of a super-packet, what each packet carries that the device would make of it; 0 or missing: it is not one. */
  readonly segmentBytes?: number;
  /** Link-layer header first. Valid only until the handler returns: it may be a view of the ring buffer. */
  readonly bytes: Uint8Array;
  /** Null when not known. */
  readonly owner: PacketOwner | null;
}

/** `raw` begins at the IP header (tun, WireGuard). */
export type LinkType = 'ethernet' | 'raw';

/** An interface whose packets are captured. One that comes back after it was deleted keeps its number. */
export interface InterfaceEvent {
  readonly type: 'interface';
  readonly timeNs: number;
  /** From 0, in the order they were attached. */
  readonly id: number;
  readonly name: string;
  /** The kernel's number, within its network namespace. */
  readonly index: number;
  readonly linkType: LinkType;
  /** `ARPHRD_…` of the kernel; 1 or, without a link layer, 65534 where it is not known. */
  readonly hardwareType?: number;
  /** Of Ethernet, `02:42:…`. */
  readonly hardwareAddress?: string;
  /** Name or path of its network namespace; empty for tlstap's own. */
  readonly namespace: string;
  /** The tcpdump expression, empty when every packet is kept. */
  readonly filter: string;
  readonly snapLengthBytes: number;
}

/** Counted since the start, at rotations and at the end. */
export interface InterfaceCountersEvent {
  readonly type: 'interface-counters';
  readonly timeNs: number;
  readonly id: number;
  /** Seen on the interface, before any filter. */
  readonly receivedPackets: number;
  /** Passed every filter, but the ring had no room. */
  readonly droppedPackets: number;
}

/** How far each direction came: what is beyond the last data event was lost. */
export interface FinalOffsets {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly readGapReason: GapReason | null;
  readonly writeGapReason: GapReason | null;
}

/** A file that is probed since some moment of the run: what records with this `index` as their profile are about. */
export interface FileEvent {
  readonly type: 'file';
  readonly timeNs: number;
  readonly index: number;
  readonly family: string;
  readonly path: string;
}

/** Facts about a process, at the moment they were learnt. */
export interface ProcessEvent {
  readonly type: 'process';
  readonly timeNs: number;
  readonly pid: number;
  readonly comm: string;
  readonly exe: string;
  /** Identity of its container, where it runs in one that is recognised. */
  readonly container?: string;
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
  readonly secrets: number;
  readonly ringFullSecrets: number;
  readonly faultSecrets: number;
}
