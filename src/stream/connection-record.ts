import type { Direction, Endpoint, FinalOffsets, GapReason, OpenEvent, Role } from '../event/event.ts';
import type { Connection } from './stream-event.ts';

/** Where one direction of a connection stands. */
interface Side {
  /** Offset of the next byte: all data and all gaps of known length so far. */
  nextOffset: number;
  deliveredBytes: number;
  /** Has no ledger entry (full table), so its losses are not known. */
  uncounted: boolean;
}

/** The growing side of {@link Connection}; only the table changes it. */
export class ConnectionRecord implements Connection {
  readonly id: number;
  readonly generation: number;
  readonly pid: number;
  readonly tid: number;
  readonly exe: string;
  readonly openedTimeNs: number;
  /** Address of the TLS object; given by the table. */
  pointer = 0;
  family: string;
  comm: string;
  role: Role | null;
  fd: number | null;
  local: Endpoint | null;
  remote: Endpoint | null;
  identityNote: string;
  joinedLate: boolean;
  lostBytes = 0;
  gaps = 0;
  #end: FinalOffsets | undefined;
  readonly #read: Side = { nextOffset: 0, deliveredBytes: 0, uncounted: false };
  readonly #write: Side = { nextOffset: 0, deliveredBytes: 0, uncounted: false };

  constructor(id: number, event: OpenEvent) {
    this.id = id;
    this.generation = event.generation;
    this.pid = event.pid;
    this.tid = event.tid;
    this.exe = event.exe;
    this.openedTimeNs = event.timeNs;
    this.family = event.family;
    this.comm = event.comm;
    this.role = event.role;
    this.fd = event.fd;
    this.local = event.local;
    this.remote = event.remote;
    this.identityNote = event.identityNote;
    this.joinedLate = event.joinedLate;
  }

  get readBytes(): number {
    return this.#read.deliveredBytes;
  }

  get writtenBytes(): number {
    return this.#write.deliveredBytes;
  }

  /** A repeated open event knows what an earlier one did not. */
  learn(event: OpenEvent): void {
    this.role ??= event.role;
    if (this.local !== null || event.local === null) return;
    this.fd = event.fd;
    this.local = event.local;
    this.remote = event.remote;
    this.identityNote = event.identityNote;
    if (this.comm === '') this.comm = event.comm;
    if (this.family === 'unknown') this.family = event.family;
  }

  /** How far the kernel side says it came, once it was closed. */
  get end(): FinalOffsets | undefined {
    return this.#end;
  }

  announceEnd(end: FinalOffsets): void {
    this.#end = end;
  }

  /** Without a generation (full table) only another socket tells that the object was used again. */
  contradicts(event: OpenEvent): boolean {
    if (event.generation !== 0 || event.remote === null || this.remote === null) return false;
    return JSON.stringify([event.local, event.remote]) !== JSON.stringify([this.local, this.remote]);
  }

  /** Whether this is the first time. */
  markUncounted(direction: Direction): boolean {
    const side = direction === 'read' ? this.#read : this.#write;
    const first = !side.uncounted;
    side.uncounted = true;
    return first;
  }

  side(direction: Direction): Readonly<Side> {
    return direction === 'read' ? this.#read : this.#write;
  }

  advance(direction: Direction, lengthBytes: number): void {
    const side = direction === 'read' ? this.#read : this.#write;
    side.nextOffset += lengthBytes;
    side.deliveredBytes += lengthBytes;
  }

  lose(direction: Direction, lengthBytes: number | null, reason: GapReason): void {
    const side = direction === 'read' ? this.#read : this.#write;
    side.nextOffset += lengthBytes ?? 0;
    this.lostBytes += lengthBytes ?? 0;
    if (reason !== 'joined-late') this.gaps++;
  }
}
