import type { Counters, GapReason } from '../event/event.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Connection, StreamGap } from '../stream/stream-event.ts';
import type { FamilyTotals, Totals } from './totals.ts';

/** Counts what the end of the run tells; it is given every event that the sinks are given. */
export class TotalsCollector {
  readonly #startTimeNs: number;
  readonly #processes = new Set<number>();
  readonly #families = new Map<string, Mutable<FamilyTotals>>();
  /** Connections that have not ended: theirs is added when they do. */
  readonly #open = new Map<number, Connection>();
  readonly #reasons = new Map<GapReason, { gaps: number; lostBytes: number; connections: number[] }>();
  #joinedLateConnections = 0;
  #lastTimeNs: number;
  #exchanges = 0;
  #secrets = 0;

  constructor(startTimeNs: number) {
    this.#startTimeNs = startTimeNs;
    this.#lastTimeNs = startTimeNs;
  }

  /** Exchanges that ended so far, for `--count`. */
  get exchanges(): number {
    return this.#exchanges;
  }

  add(event: ProtocolEvent): void {
    this.#lastTimeNs = event.timeNs;
    switch (event.type) {
      case 'open':
      case 'data':
        this.#meet(event.connection);
        return;
      case 'exchange':
        this.#exchanges += 1;
        this.#familyOf(event.exchange.connection).exchanges += 1;
        return;
      case 'gap':
        this.#meet(event.connection);
        this.#addGap(event);
        return;
      case 'close':
        this.#meet(event.connection);
        this.#open.delete(event.connection.id);
        addBytes(this.#familyOf(event.connection), event.connection);
        return;
      case 'secret':
        this.#processes.add(event.pid);
        this.#secrets += 1;
        return;
      case 'request':
      case 'response':
      case 'body':
      case 'message-end':
      case 'control':
      case 'message':
      case 'tick':
    }
  }

  totals(counters: Counters, undeliveredBytes: number): Totals {
    const families = new Map([...this.#families].map(([name, family]) => [name, { ...family }]));
    for (const connection of this.#open.values()) {
      const family = families.get(connection.family);
      if (family !== undefined) addBytes(family, connection);
    }
    const unplacedBytes = Math.max(0, kernelLosses(counters) - this.#kernelGapBytes());
    return {
      durationNs: this.#lastTimeNs - this.#startTimeNs,
      processes: this.#processes.size,
      connections: sum(families, 'connections'),
      exchanges: sum(families, 'exchanges'),
      secrets: this.#secrets,
      readBytes: sum(families, 'readBytes'),
      writtenBytes: sum(families, 'writtenBytes'),
      gaps: sum(families, 'gaps'),
      lostBytes: sum(families, 'lostBytes') + unplacedBytes,
      unplacedBytes,
      joinedLateConnections: this.#joinedLateConnections,
      gapReasons: Object.fromEntries(this.#reasons),
      families: Object.fromEntries(families),
      undeliveredBytes,
      counters,
    };
  }

  /** What gaps say of losses that the kernel side counts, too. */
  #kernelGapBytes(): number {
    let bytes = 0;
    for (const [reason, { lostBytes }] of this.#reasons) if (reason !== 'sink') bytes += lostBytes;
    return bytes;
  }

  #meet(connection: Connection): void {
    if (this.#open.has(connection.id)) return;
    this.#open.set(connection.id, connection);
    this.#processes.add(connection.pid);
    this.#familyOf(connection).connections += 1;
    if (connection.joinedLate) this.#joinedLateConnections += 1;
  }

  /** A beginning that nobody saw is no loss. */
  #addGap({ connection, reason, lengthBytes }: StreamGap): void {
    if (reason === 'joined-late') return;
    const family = this.#familyOf(connection);
    family.gaps += 1;
    family.lostBytes += lengthBytes ?? 0;
    let entry = this.#reasons.get(reason);
    if (entry === undefined) {
      entry = { gaps: 0, lostBytes: 0, connections: [] };
      this.#reasons.set(reason, entry);
    }
    entry.gaps += 1;
    entry.lostBytes += lengthBytes ?? 0;
    if (entry.connections.length < namedConnections && !entry.connections.includes(connection.id))
      entry.connections.push(connection.id);
  }

  #familyOf(connection: Connection): Mutable<FamilyTotals> {
    let family = this.#families.get(connection.family);
    if (family === undefined) {
      family = { connections: 0, exchanges: 0, readBytes: 0, writtenBytes: 0, gaps: 0, lostBytes: 0 };
      this.#families.set(connection.family, family);
    }
    return family;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const namedConnections = 10;

function addBytes(family: Mutable<FamilyTotals>, connection: Connection): void {
  family.readBytes += connection.readBytes;
  family.writtenBytes += connection.writtenBytes;
}

function kernelLosses({ ringFullBytes, faultBytes, tooLongBytes }: Counters): number {
  return ringFullBytes + faultBytes + tooLongBytes;
}

function sum(families: ReadonlyMap<string, FamilyTotals>, field: keyof FamilyTotals): number {
  let total = 0;
  for (const family of families.values()) total += family[field];
  return total;
}
