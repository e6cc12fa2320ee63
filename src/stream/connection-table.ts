import type {
  CaptureEvent,
  ConnectionKey,
  DataEvent,
  Direction,
  FinalOffsets,
  GapReason,
  OffsetsEvent,
  OpenEvent,
  SecretEvent,
} from '../event/event.ts';
import { ConnectionRecord } from './connection-record.ts';
import type { StreamClose, StreamEvent } from './stream-event.ts';
import { WaitingSecrets } from './waiting-secrets.ts';

/**
 * Turns capture events into streams: finds the connection of each event, keeps its bytes in order, and says what is
 * missing. Its state is the open connections only.
 */
export class ConnectionTable {
  readonly #emit: (event: StreamEvent) => void;
  /** By process, then by address of the TLS object. */
  readonly #processes = new Map<number, Map<number, ConnectionRecord>>();
  readonly #executables = new Map<number, string>();
  readonly #waitingSecrets = new WaitingSecrets();
  #lastId = 0;

  constructor(emit: (event: StreamEvent) => void) {
    this.#emit = emit;
  }

  handle(event: CaptureEvent): void {
    switch (event.type) {
      case 'open':
        this.#open(event);
        break;
      case 'data':
        this.#data(event);
        break;
      case 'close':
        // The books are closed later, by its `offsets`, since data that was in flight may still come; or by the next
        // connection behind the same object.
        this.#findGeneration(event)?.announceEnd(event);
        break;
      case 'offsets':
        this.#finish(event);
        break;
      case 'process':
        this.#executables.set(event.pid, event.exe);
        break;
      case 'exit':
        this.#exit(event.pid, event.timeNs);
        break;
      case 'secret':
        this.#secret(event);
        break;
      case 'tick':
        for (const secret of this.#waitingSecrets.takeDue(event.timeNs)) this.#tellSecret(secret);
        this.#emit(event);
        break;
      case 'packet':
      case 'file':
      case 'interface':
      case 'interface-counters':
        break;
      case 'end':
        for (const secret of this.#waitingSecrets.takeDue(Infinity)) this.#tellSecret(secret);
        for (const pid of this.#processes.keys()) this.#endProcess(pid, event.timeNs, 'end');
        break;
    }
  }

  #open(event: OpenEvent): void {
    const connection = this.#find(event.pid, event.pointer);
    if (connection?.generation === event.generation && !connection.contradicts(event)) {
      connection.learn(event);
      return;
    }
    if (connection) this.#close(connection, event.timeNs, 'reused');
    this.#add(
      event.pid,
      event.pointer,
      new ConnectionRecord(++this.#lastId, this.#withExecutable(event)),
      event.timeNs,
    );
  }

  #data(event: DataEvent): void {
    const connection = this.#findOrAdd(event);
    const side = connection.side(event.direction);
    if (event.offset === null) {
      // Without a ledger entry nobody knows what was lost, or when: said once per direction.
      if (connection.markUncounted(event.direction)) {
        this.#gap(connection, event.direction, null, 'table-full', event.timeNs);
      }
    } else if (event.offset > side.nextOffset) {
      const reason = event.gapReason ?? 'ring-full';
      this.#gap(connection, event.direction, event.offset - side.nextOffset, reason, event.timeNs);
    }
    this.#emit({
      type: 'data',
      timeNs: event.timeNs,
      connection,
      direction: event.direction,
      offset: side.nextOffset,
      tid: event.tid,
      bytes: event.bytes,
    });
    connection.advance(event.direction, event.bytes.length);
  }

  #secret(event: SecretEvent): void {
    const isKnown = this.#findGeneration(event) !== undefined;
    if (isKnown || !this.#waitingSecrets.add(event)) this.#tellSecret(event);
  }

  #tellSecret(event: SecretEvent): void {
    const { timeNs, family, pid, label, clientRandom, secret } = event;
    const connection = this.#findGeneration(event) ?? null;
    this.#emit({ type: 'secret', timeNs, connection, family, pid, label, clientRandom, secret });
  }

  /** The open event of this connection was lost (full ring), so all that is known is what the event itself says. */
  #findOrAdd(event: DataEvent | OffsetsEvent): ConnectionRecord {
    const found = this.#find(event.pid, event.pointer);
    if (found?.generation === event.generation) return found;
    if (found) this.#close(found, event.timeNs, 'reused');
    const unknown: OpenEvent = {
      type: 'open',
      timeNs: event.timeNs,
      pid: event.pid,
      tid: event.type === 'data' ? event.tid : event.pid,
      pointer: event.pointer,
      generation: event.generation,
      family: 'unknown',
      comm: '',
      exe: '',
      role: null,
      fd: null,
      local: null,
      remote: null,
      joinedLate: false,
      identityNote: 'its open event was lost',
    };
    const connection = new ConnectionRecord(++this.#lastId, this.#withExecutable(unknown));
    this.#add(event.pid, event.pointer, connection, event.timeNs);
    return connection;
  }

  #finish(event: OffsetsEvent): void {
    const found = this.#find(event.pid, event.pointer);
    if (found?.generation !== event.generation && event.readBytes + event.writtenBytes === 0) return;
    // Read before, told after the next connection began behind the same object: that closed this one's books.
    if (found && found.generation > event.generation) return;
    const connection = this.#findOrAdd(event);
    this.#finishSides(connection, event, event.timeNs);
    if (event.final) this.#close(connection, event.timeNs, 'close');
  }

  #finishSides(connection: ConnectionRecord, end: FinalOffsets, timeNs: number): void {
    this.#finishSide(connection, 'read', end.readBytes, end.readGapReason, timeNs);
    this.#finishSide(connection, 'write', end.writtenBytes, end.writeGapReason, timeNs);
  }

  #finishSide(
    connection: ConnectionRecord,
    direction: Direction,
    bytes: number,
    reason: GapReason | null,
    timeNs: number,
  ): void {
    const missing = bytes - connection.side(direction).nextOffset;
    // Every loss leaves its reason in the ledger; without one the copy is still waiting for a page.
    if (missing > 0) this.#gap(connection, direction, missing, reason ?? 'fault', timeNs);
  }

  #add(pid: number, pointer: number, connection: ConnectionRecord, timeNs: number): void {
    let process = this.#processes.get(pid);
    if (!process) this.#processes.set(pid, (process = new Map<number, ConnectionRecord>()));
    process.set(pointer, connection);
    connection.pointer = pointer;
    this.#emit({ type: 'open', timeNs, connection });
    for (const secret of this.#waitingSecrets.takeOf(pid, pointer, connection.generation))
      this.#tellSecret(secret);
    if (!connection.joinedLate) return;
    this.#gap(connection, 'read', null, 'joined-late', timeNs);
    this.#gap(connection, 'write', null, 'joined-late', timeNs);
  }

  #gap(
    connection: ConnectionRecord,
    direction: Direction,
    lengthBytes: number | null,
    reason: GapReason,
    timeNs: number,
  ): void {
    const { nextOffset: offset } = connection.side(direction);
    connection.lose(direction, lengthBytes, reason);
    this.#emit({ type: 'gap', timeNs, connection, direction, offset, lengthBytes, reason });
  }

  #exit(pid: number, timeNs: number): void {
    this.#endProcess(pid, timeNs, 'exit');
    this.#executables.delete(pid);
  }

  #endProcess(pid: number, timeNs: number, cause: StreamClose['cause']): void {
    for (const connection of this.#processes.get(pid)?.values() ?? []) this.#close(connection, timeNs, cause);
  }

  #close(connection: ConnectionRecord, timeNs: number, cause: StreamClose['cause']): void {
    if (connection.end) this.#finishSides(connection, connection.end, timeNs);
    const process = this.#processes.get(connection.pid);
    process?.delete(connection.pointer);
    if (process?.size === 0) this.#processes.delete(connection.pid);
    this.#emit({ type: 'close', timeNs, connection, cause });
  }

  #findGeneration(key: ConnectionKey): ConnectionRecord | undefined {
    const found = this.#find(key.pid, key.pointer);
    return found?.generation === key.generation ? found : undefined;
  }

  #find(pid: number, pointer: number): ConnectionRecord | undefined {
    return this.#processes.get(pid)?.get(pointer);
  }

  #withExecutable(event: OpenEvent): OpenEvent {
    // Empty where /proc may not tell: then the probed file is what is known.
    const exe = this.#executables.get(event.pid) ?? '';
    return exe === '' ? event : { ...event, exe };
  }
}
