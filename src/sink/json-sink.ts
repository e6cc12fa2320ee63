import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Connection, StreamClose, StreamData, StreamGap, StreamOpen } from '../stream/stream-event.ts';
import type { WallClock } from '../util/wall-clock.ts';
import { toUtf8String } from '../util/utf8-string.ts';
import { jsonBytes } from './json-bytes.ts';
import { JsonDrops } from './json-drops.ts';
import { jsonEnd } from './json-end.ts';
import { jsonExchange } from './json-exchange.ts';
import { jsonLine } from './json-line.ts';
import { jsonHead } from './json-message.ts';
import type { Sink, WriteText } from './sink.ts';
import type { Totals } from './totals.ts';

/** Raised when a field is removed or changes its meaning; adding fields keeps it. */
const schema = 1;

/** What the first line tells. */
export interface JsonStart {
  readonly timeNs: number;
  readonly version: string;
  readonly targets: readonly {
    readonly family: string;
    readonly path: string;
    readonly pids: readonly number[];
  }[];
}

/** `--json`: one JSON object per line; `docs/json.md` describes each. */
export class JsonSink implements Sink {
  readonly #write: WriteText;
  readonly #clock: WallClock;
  readonly #drops = new JsonDrops();
  /** What each connection amounted to, for its `close` line. */
  readonly #spoken = new Map<number, { protocol: string | null; exchanges: number }>();
  #lastTimeNs: number;

  constructor(write: WriteText, options: { readonly clock: WallClock; readonly start: JsonStart }) {
    this.#write = write;
    this.#clock = options.clock;
    const { timeNs, version, targets } = options.start;
    this.#lastTimeNs = timeNs;
    this.#put('start', timeNs, `"schema":${schema},${inside({ version, targets })}`);
  }

  write(event: ProtocolEvent): void {
    this.#lastTimeNs = event.timeNs;
    if (!this.#drops.isEmpty) this.#drops.flush((fields) => this.#put('gap', event.timeNs, fields));
    const fields = this.#format(event);
    if (fields === null) return;
    const delivered = this.#drops.isEmpty && this.#put(event.type, event.timeNs, fields);
    if (!delivered) this.#drops.add(event);
  }

  end(totals: Totals): void {
    this.#drops.flush((fields) => this.#put('gap', this.#lastTimeNs, fields));
    this.#put('end', this.#lastTimeNs, jsonEnd(totals));
  }

  /** The fields after `type` and `time`; null for what has no record of its own. */
  #format(event: ProtocolEvent): string | null {
    switch (event.type) {
      case 'open':
        return formatOpen(event);
      case 'data':
        return formatData(event);
      case 'gap':
        return formatGap(event);
      case 'close':
        return this.#formatClose(event);
      case 'request':
        return jsonHead(event.exchange, event.message, true);
      case 'response':
        return jsonHead(event.exchange, event.message, false);
      case 'exchange': {
        const spoken = this.#spokenOn(event.exchange.connection);
        spoken.protocol = event.exchange.protocol;
        spoken.exchanges += 1;
        return jsonExchange(event.exchange, this.#clock);
      }
      case 'body':
      case 'message-end':
      case 'control':
      case 'tick':
        break;
    }
    return null;
  }

  #formatClose(event: StreamClose): string {
    const { connection, cause, timeNs } = event;
    const { protocol, exchanges } = this.#spokenOn(connection);
    this.#spoken.delete(connection.id);
    const { readBytes, writtenBytes, gaps, lostBytes } = connection;
    const durationNs = timeNs - connection.openedTimeNs;
    const totals = { protocol, cause, durationNs, exchanges, readBytes, writtenBytes, gaps, lostBytes };
    return `${connectionFields(connection)},${inside(totals)}`;
  }

  #spokenOn(connection: Connection): { protocol: string | null; exchanges: number } {
    let spoken = this.#spoken.get(connection.id);
    if (spoken === undefined) {
      spoken = { protocol: null, exchanges: 0 };
      this.#spoken.set(connection.id, spoken);
    }
    return spoken;
  }

  #put(type: string, timeNs: number, fields: string): boolean {
    return this.#write(
      toUtf8String(jsonLine(`{"type":"${type}","time":"${this.#clock.timestamp(timeNs)}",${fields}}`)),
    );
  }
}

function formatOpen({ connection }: StreamOpen): string {
  const { joinedLate, identityNote } = connection;
  return `${connectionFields(connection)},${inside({ joinedLate, identityNote })}`;
}

function formatData(event: StreamData): string {
  const { connection, bytes } = event;
  return (
    `"connection":${connection.id},"pid":${connection.pid},"tid":${event.tid},` +
    `"comm":${JSON.stringify(connection.comm)},"direction":"${event.direction}","offset":${event.offset},` +
    `"length":${bytes.length},${jsonBytes(bytes)}`
  );
}

function formatGap(event: StreamGap): string {
  return (
    `"connection":${event.connection.id},"direction":"${event.direction}","offset":${event.offset},` +
    `"length":${event.lengthBytes},"reason":"${event.reason}"`
  );
}

function connectionFields(connection: Connection): string {
  const { id, family, pid, tid, comm, exe, role, fd, local, remote } = connection;
  return inside({ connection: id, family, pid, tid, comm, exe, role, fd, local, remote });
}

/** The JSON of an object without its braces. */
function inside(value: object): string {
  return JSON.stringify(value).slice(1, -1);
}
