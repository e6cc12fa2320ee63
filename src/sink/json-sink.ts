import type { ExchangeHead, ProtocolEvent, UnitMessage } from '../protocol/protocol-event.ts';
import type {
  Connection,
  StreamClose,
  StreamData,
  StreamGap,
  StreamOpen,
  StreamSecret,
} from '../stream/stream-event.ts';
import type { WallClock } from '../util/wall-clock.ts';
import type { Utf8String } from '../util/utf8-string.ts';
import { jsonBytes } from './json-bytes.ts';
import { JsonDrops } from './json-drops.ts';
import { jsonEnd } from './json-end.ts';
import { jsonExchange } from './json-exchange.ts';
import { JsonHeads } from './json-heads.ts';
import { jsonHead } from './json-message.ts';
import { safeJson, safeJsonString } from './safe-json.ts';
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
  readonly #heads = new JsonHeads();
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
    if (totals.unplacedBytes > 0) this.#put('gap', this.#lastTimeNs, formatUnplaced(totals.unplacedBytes));
    this.#put('end', this.#lastTimeNs, jsonEnd(totals));
  }

  /** The fields after `type` and `time`; null for what has no record of its own. */
  #format(event: ProtocolEvent): Utf8String | null {
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
        return this.#formatHead(event, true);
      case 'response':
        return this.#formatHead(event, false);
      case 'exchange': {
        const spoken = this.#spokenOn(event.exchange.connection);
        spoken.protocol = event.exchange.protocol;
        spoken.exchanges += 1;
        const fields = jsonExchange(event.exchange, this.#heads, this.#clock);
        this.#heads.end(event.exchange);
        return fields;
      }
      case 'message':
        return formatUnit(event);
      case 'secret':
        return formatSecret(event);
      case 'body':
      case 'message-end':
      case 'control':
      case 'tick':
        break;
    }
    return null;
  }

  #formatHead({ exchange, message }: ExchangeHead, isRequest: boolean): Utf8String {
    return jsonHead(exchange, message, this.#heads.begin(exchange, message, isRequest));
  }

  #formatClose(event: StreamClose): Utf8String {
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

  #put(type: string, timeNs: number, fields: Utf8String): boolean {
    return this.#write(`{"type":"${type}","time":"${this.#clock.timestamp(timeNs)}",${fields}}\n`);
  }
}

function formatOpen({ connection }: StreamOpen): Utf8String {
  const { joinedLate, identityNote } = connection;
  return `${connectionFields(connection)},${inside({ joinedLate, identityNote })}`;
}

function formatData(event: StreamData): Utf8String {
  const { connection, bytes } = event;
  return (
    `"connection":${connection.id},"pid":${connection.pid},"tid":${event.tid},` +
    `"comm":${safeJsonString(connection.comm)},"direction":"${event.direction}","offset":${event.offset},` +
    `"length":${bytes.length},${jsonBytes(bytes)}`
  );
}

function formatUnit(event: UnitMessage): Utf8String {
  const { connection, exchange, protocol, kind, direction, bytes, lengthBytes, wireLengthBytes } = event;
  const ids = { connection: connection.id, exchange: exchange?.id ?? null };
  const sizes = { length: lengthBytes, wireLength: wireLengthBytes };
  const rest = { fields: event.fields, cut: event.cut };
  return `${inside({ ...ids, protocol, kind, direction, ...sizes, ...rest })},${jsonBytes(bytes)}`;
}

/** Bytes that were lost with every event that could have said which connection they were of. */
function formatUnplaced(bytes: number): Utf8String {
  return safeJson(`"connection":null,"direction":null,"offset":null,"length":${bytes},"reason":"ring-full"`);
}

function formatGap(event: StreamGap): Utf8String {
  return (
    `"connection":${event.connection.id},"direction":"${event.direction}","offset":${event.offset},` +
    `"length":${event.lengthBytes},"reason":"${event.reason}"`
  );
}

function formatSecret({ connection, family, pid, label, clientRandom, secret }: StreamSecret): Utf8String {
  return inside({ connection: connection?.id ?? null, family, pid, label, clientRandom, secret });
}

function connectionFields(connection: Connection): Utf8String {
  const { id, family, pid, tid, comm, exe, role, fd, local, remote } = connection;
  return inside({ connection: id, family, pid, tid, comm, exe, role, fd, local, remote });
}

/** The JSON of an object without its braces. */
function inside(value: object): Utf8String {
  return safeJson(JSON.stringify(value)).slice(1, -1);
}
