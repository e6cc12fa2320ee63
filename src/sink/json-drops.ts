import type { Direction } from '../event/event.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';

/**
 * Remembers the records that the reader of the output was too slow for, and turns them into `gap` records. Lost `data`
 * and gaps are known exactly; of other records only the connection and their number are.
 */
export class JsonDrops {
  readonly #drops = new Map<string, Drop>();

  get isEmpty(): boolean {
    return this.#drops.size === 0;
  }

  add(event: ProtocolEvent): void {
    if (event.type === 'tick') return;
    const connection = 'connection' in event ? event.connection : event.exchange.connection;
    if (connection === null) {
      this.#addRecord(null);
      return;
    }
    if (event.type === 'data')
      this.#addRange(connection.id, event.direction, event.offset, event.bytes.length);
    else if (event.type === 'gap' && event.lengthBytes !== null)
      this.#addRange(connection.id, event.direction, event.offset, event.lengthBytes);
    else this.#addRecord(connection.id);
  }

  /** Writes what there is to say, oldest first, as long as `write` has room for it. */
  flush(write: (fields: string) => boolean): void {
    for (const [key, drop] of this.#drops) {
      if (!write(formatDrop(drop))) return;
      this.#drops.delete(key);
    }
  }

  #addRange(connection: number, direction: Direction, offset: number, lengthBytes: number): void {
    const key = `${connection} ${direction}`;
    const drop = this.#drops.get(key);
    if (drop === undefined) this.#drops.set(key, { connection, direction, offset, lengthBytes, records: 1 });
    else {
      // Whatever was between two lost chunks is not there either: a gap of its own has been lost with them.
      drop.lengthBytes = offset + lengthBytes - (drop.offset ?? 0);
      drop.records += 1;
    }
  }

  /** Null: of no known connection. */
  #addRecord(connection: number | null): void {
    const key = String(connection);
    const drop = this.#drops.get(key);
    if (drop === undefined)
      this.#drops.set(key, { connection, direction: null, offset: null, lengthBytes: null, records: 1 });
    else drop.records += 1;
  }
}

interface Drop {
  readonly connection: number | null;
  readonly direction: Direction | null;
  readonly offset: number | null;
  lengthBytes: number | null;
  records: number;
}

function formatDrop(drop: Drop): string {
  return (
    `"connection":${drop.connection},"direction":${JSON.stringify(drop.direction)},"offset":${drop.offset},` +
    `"length":${drop.lengthBytes},"reason":"sink","records":${drop.records}`
  );
}
