import { deleteElement, iterateKeys, lookupElement } from '../bpf/map-access.ts';
import { decodeGapReason } from '../event/decode-record.ts';
import type { CloseEvent, ConnectionKey, GapReason, OffsetsEvent, OpenEvent } from '../event/event.ts';
import { readWord } from '../event/read-word.ts';
import { ledgerEntry, ledgerKey, limit } from '../event/kernel-layout.ts';
import { AbandonedConnections } from './abandoned-connections.ts';

/** After a close a read may still be in flight: the offsets are looked at after the first, the entry goes after the second. */
const settleNs = 100e6;
const graceNs = 2e9;

interface Closing extends ConnectionKey {
  readonly closedTimeNs: number;
  /** Its socket is closed, the TLS object is not. */
  readonly abandoned: boolean;
  settled: boolean;
}

/** User space's side of the connection table: reads final offsets and removes entries that are done with. */
export class Ledger {
  readonly #fd: number;
  readonly #open = new Map<number, Map<number, number>>();
  /** By process, address and generation: a close may be learnt twice, from its event and from the table. */
  readonly #closing = new Map<string, Closing>();
  readonly #abandoned = new AbandonedConnections();

  constructor(fd: number) {
    this.#fd = fd;
  }

  opened(event: OpenEvent): void {
    let pointers = this.#open.get(event.pid);
    if (!pointers) this.#open.set(event.pid, (pointers = new Map<number, number>()));
    pointers.set(event.pointer, event.generation);
  }

  closed(event: CloseEvent): void {
    this.#markClosing(event, event.timeNs);
  }

  /**
   * Events are lost when the ring is full: looks for marks of closes in the table, and gives the processes that have
   * connections in it, of which perhaps nothing was ever heard.
   */
  findLost(timeNs: number): Set<number> {
    const pids = new Set<number>();
    for (const { pid, pointer, entry } of this.#entries()) {
      pids.add(pid);
      if (entry[ledgerEntry.closed] !== 0)
        this.#markClosing({ pid, pointer, generation: readWord(entry, ledgerEntry.generation) }, timeNs);
    }
    return pids;
  }

  /** Connections that are left without a socket are as good as closed. */
  findAbandoned(timeNs: number): void {
    const findInode = (key: ConnectionKey): number | undefined => {
      const entry = lookupElement(this.#fd, encodeKey(key.pid, key.pointer), ledgerEntry.sizeBytes);
      if (!entry || readWord(entry, ledgerEntry.generation) !== key.generation) return undefined;
      return readWord(entry, ledgerEntry.socketInode) || undefined;
    };
    for (const key of this.#abandoned.find(this.#open, findInode, timeNs)) {
      this.#markClosing(key, timeNs, true);
    }
  }

  /**
   * Final offsets of connections that were closed a moment ago; entries closed longer ago are removed. Those of
   * processes that are `ending` are left to `endProcess`.
   */
  *settle(timeNs: number, ending: ReadonlySet<number>): Generator<OffsetsEvent> {
    for (const [name, one] of this.#closing) {
      if (ending.has(one.pid)) continue;
      const age = timeNs - one.closedTimeNs;
      if (!one.settled && age >= settleNs) {
        // A call that began before the close may wait for a page for as long as it likes.
        if (this.#isWaiting(one)) continue;
        one.settled = true;
        const offsets = this.#read(one.pid, one.pointer, timeNs, true);
        if (offsets?.generation === one.generation) yield offsets;
        if (this.#open.get(one.pid)?.get(one.pointer) === one.generation) this.#forget(one.pid, one.pointer);
      }
      if (age < graceNs || !one.settled) continue;
      this.#remove(one);
      this.#closing.delete(name);
    }
  }

  /**
   * Final offsets of a process that ended; its entries are removed. With `lossy`, also of connections whose announcement
   * was lost.
   */
  *endProcess(pid: number, timeNs: number, lossy: boolean): Generator<OffsetsEvent> {
    const pointers = new Set(this.#open.get(pid)?.keys());
    if (lossy) {
      for (const one of this.#entries()) {
        const key = { pid, pointer: one.pointer, generation: readWord(one.entry, ledgerEntry.generation) };
        if (one.pid === pid && this.#closing.get(nameOf(key))?.settled !== true) pointers.add(one.pointer);
      }
    }
    for (const pointer of pointers) {
      const offsets = this.#read(pid, pointer, timeNs, false);
      if (offsets) yield offsets;
      deleteElement(this.#fd, encodeKey(pid, pointer));
    }
    this.#open.delete(pid);
    for (const [name, one] of this.#closing) {
      if (one.pid !== pid) continue;
      deleteElement(this.#fd, encodeKey(pid, one.pointer));
      this.#closing.delete(name);
    }
  }

  /** Offsets of everything in the table that was not settled yet, also of connections whose announcement was lost. */
  *readAll(timeNs: number): Generator<OffsetsEvent> {
    for (const { pid, pointer } of this.#entries()) {
      const offsets = this.#read(pid, pointer, timeNs, false);
      if (!offsets || this.#closing.get(nameOf(offsets))?.settled) continue;
      yield offsets;
    }
  }

  *#entries(): Generator<{ readonly pid: number; readonly pointer: number; readonly entry: Buffer }> {
    for (const key of iterateKeys(this.#fd, ledgerKey.sizeBytes, 2 * limit.maxConnections)) {
      const entry = lookupElement(this.#fd, key, ledgerEntry.sizeBytes);
      if (!entry) continue;
      yield { pid: key.readUInt32LE(ledgerKey.pid), pointer: readWord(key, ledgerKey.pointer), entry };
    }
  }

  #markClosing({ pid, pointer, generation }: ConnectionKey, closedTimeNs: number, abandoned = false): void {
    const name = nameOf({ pid, pointer, generation });
    if (this.#closing.has(name)) return;
    this.#closing.set(name, { pid, pointer, generation, closedTimeNs, abandoned, settled: false });
  }

  #read(pid: number, pointer: number, timeNs: number, final: boolean): OffsetsEvent | undefined {
    const entry = lookupElement(this.#fd, encodeKey(pid, pointer), ledgerEntry.sizeBytes);
    if (!entry) return undefined;
    return {
      type: 'offsets',
      timeNs,
      pid,
      pointer,
      generation: readWord(entry, ledgerEntry.generation),
      readBytes: readWord(entry, ledgerEntry.offset),
      writtenBytes: readWord(entry, ledgerEntry.offset + 8),
      readGapReason: reasonOf(entry, 0),
      writeGapReason: reasonOf(entry, 1),
      final,
    };
  }

  #isWaiting({ pid, pointer }: Closing): boolean {
    const entry = lookupElement(this.#fd, encodeKey(pid, pointer), ledgerEntry.sizeBytes);
    return entry !== undefined && (isWaiting(entry, 0) || isWaiting(entry, 1));
  }

  /** The address may be in use again by now: only the closed generation is removed. */
  #remove(closing: Closing): void {
    const key = encodeKey(closing.pid, closing.pointer);
    const entry = lookupElement(this.#fd, key, ledgerEntry.sizeBytes);
    if (!entry || (entry[ledgerEntry.closed] === 0 && !closing.abandoned)) return;
    if (readWord(entry, ledgerEntry.generation) === closing.generation) deleteElement(this.#fd, key);
  }

  #forget(pid: number, pointer: number): void {
    const pointers = this.#open.get(pid);
    pointers?.delete(pointer);
    if (pointers?.size === 0) this.#open.delete(pid);
  }
}

/** The bytes that are waited for are the last of that direction. */
function reasonOf(entry: Buffer, direction: number): GapReason | null {
  return isWaiting(entry, direction) ? 'fault' : decodeGapReason(entry[ledgerEntry.gapReason + direction]);
}

function isWaiting(entry: Buffer, direction: number): boolean {
  return entry[ledgerEntry.waiting + direction] !== 0;
}

function nameOf({ pid, pointer, generation }: ConnectionKey): string {
  return `${pid} ${pointer} ${generation}`;
}

function encodeKey(pid: number, pointer: number): Buffer {
  const key = Buffer.alloc(ledgerKey.sizeBytes);
  key.writeUInt32LE(pid, ledgerKey.pid);
  key.writeBigUInt64LE(BigInt(pointer), ledgerKey.pointer);
  return key;
}
