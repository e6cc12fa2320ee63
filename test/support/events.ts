import { Buffer } from 'node:buffer';
import type { Counters, Direction, GapReason } from '../../src/event/event.ts';
import type { Body, Exchange, Header, HttpMessage, HttpProtocol } from '../../src/protocol/exchange.ts';
import type { Emit, UnitMessage } from '../../src/protocol/protocol-event.ts';
import type { Connection, StreamClose } from '../../src/stream/stream-event.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Fakes of what the protocol layer hands to sinks, grown step by step as the real ones are. */
export type FakeConnection = Mutable<Connection>;

export function fakeConnection(id: number, parts: Partial<Connection> = {}): FakeConnection {
  return {
    id,
    family: 'gotls',
    pid: 812,
    tid: 815,
    comm: 'caddy',
    exe: '/usr/bin/caddy',
    role: 'server',
    fd: 7,
    local: { address: '10.0.0.1', port: 443 },
    remote: { address: '10.0.0.7', port: 51_876 },
    identityNote: '',
    joinedLate: false,
    openedTimeNs: 0,
    readBytes: 0,
    writtenBytes: 0,
    lostBytes: 0,
    gaps: 0,
    ...parts,
  };
}

export class FakeBody implements Body {
  wireLengthBytes = 0;
  encoding: string | null = null;
  truncated = false;
  gaps: { offset: number; lengthBytes: number | null }[] = [];
  /** What `decoded()` gives; grows with `push` where there is no content coding. */
  content: Uint8Array = new Uint8Array();
  contentLengthBytes: number | null = null;
  problem: string | null = null;

  decoded(): {
    readonly bytes: Uint8Array;
    readonly lengthBytes: number | null;
    readonly problem: string | null;
  } {
    return { bytes: this.content, lengthBytes: this.contentLengthBytes, problem: this.problem };
  }

  push(bytes: Uint8Array): void {
    this.wireLengthBytes += bytes.length;
    if (this.encoding === null) this.content = Buffer.concat([this.content, bytes]);
  }

  gap(lengthBytes: number | null): void {
    this.gaps.push({ offset: this.wireLengthBytes, lengthBytes });
    this.wireLengthBytes += lengthBytes ?? 0;
  }
}

export type FakeMessage = Omit<Mutable<HttpMessage>, 'body'> & { body: FakeBody };
export type FakeExchange = Omit<Mutable<Exchange>, 'request' | 'response'> & {
  request: FakeMessage | null;
  response: FakeMessage | null;
};

export interface HeadParts {
  readonly method?: string | null;
  readonly url?: string | null;
  readonly status?: number | null;
  readonly reasonPhrase?: string;
  readonly headers?: readonly Header[];
}

/** Emits events in order, with a clock that the test moves by hand. */
export class EventScript {
  timeNs: number;
  readonly #emit: Emit;
  #exchanges = 0;

  constructor(emit: Emit, startTimeNs = 0) {
    this.#emit = emit;
    this.timeNs = startTimeNs;
  }

  after(ms: number): this {
    this.timeNs += Math.round(ms * 1e6);
    return this;
  }

  open(connection: FakeConnection): void {
    connection.openedTimeNs = this.timeNs;
    this.#emit({ type: 'open', timeNs: this.timeNs, connection });
  }

  close(connection: FakeConnection, cause: StreamClose['cause'] = 'close'): void {
    this.#emit({ type: 'close', timeNs: this.timeNs, connection, cause });
  }

  tick(): void {
    this.#emit({ type: 'tick', timeNs: this.timeNs });
  }

  data(connection: FakeConnection, direction: Direction, content: string | Uint8Array): void {
    const bytes = toBytes(content);
    const counter = direction === 'read' ? 'readBytes' : 'writtenBytes';
    const offset = connection[counter];
    connection[counter] += bytes.length;
    this.#emit({
      type: 'data',
      timeNs: this.timeNs,
      connection,
      direction,
      offset,
      tid: connection.tid,
      bytes,
    });
  }

  gap(connection: FakeConnection, direction: Direction, lengthBytes: number | null, reason: GapReason): void {
    if (reason !== 'joined-late') {
      connection.gaps += 1;
      connection.lostBytes += lengthBytes ?? 0;
    }
    const offset =
      reason === 'joined-late' ? 0 : connection[direction === 'read' ? 'readBytes' : 'writtenBytes'];
    this.#emit({ type: 'gap', timeNs: this.timeNs, connection, direction, offset, lengthBytes, reason });
  }

  unit(
    connection: FakeConnection,
    direction: Direction,
    content: string | Uint8Array,
    parts: Pick<UnitMessage, 'protocol' | 'kind'> & Partial<UnitMessage>,
  ): void {
    const bytes = toBytes(content);
    this.#emit({
      type: 'message',
      timeNs: this.timeNs,
      connection,
      direction,
      exchange: null,
      bytes,
      isText: typeof content === 'string',
      lengthBytes: bytes.length,
      wireLengthBytes: null,
      fields: [],
      describe: null,
      cut: null,
      ...parts,
    });
  }

  control(connection: FakeConnection, direction: Direction, text: string): void {
    this.#emit({ type: 'control', timeNs: this.timeNs, connection, direction, text });
  }

  secret(connection: FakeConnection | null, label: string): void {
    this.#emit({
      type: 'secret',
      timeNs: this.timeNs,
      connection,
      family: 'gotls',
      pid: 812,
      label,
      clientRandom: '0c'.repeat(32),
      secret: '5e'.repeat(48),
    });
  }

  exchange(
    connection: FakeConnection,
    protocol: HttpProtocol = 'h2',
    stream: number | null = null,
  ): FakeExchange {
    this.#exchanges += 1;
    return {
      id: this.#exchanges,
      connection,
      protocol,
      stream,
      request: null,
      response: null,
      informational: [],
      startedTimeNs: this.timeNs,
      durationNs: null,
      gaps: 0,
      joinedLate: false,
    };
  }

  request(exchange: FakeExchange, parts: HeadParts): FakeMessage {
    const message = this.#message(exchange, exchange.connection.role === 'client' ? 'write' : 'read', parts);
    exchange.request = message;
    this.#emit({ type: 'request', timeNs: this.timeNs, exchange, message });
    return message;
  }

  response(exchange: FakeExchange, parts: HeadParts): FakeMessage {
    const message = this.#message(exchange, exchange.connection.role === 'client' ? 'read' : 'write', parts);
    exchange.response = message;
    this.#emit({ type: 'response', timeNs: this.timeNs, exchange, message });
    return message;
  }

  informational(exchange: FakeExchange, parts: HeadParts): void {
    const message = this.#message(exchange, exchange.connection.role === 'client' ? 'read' : 'write', parts);
    message.endTimeNs = this.timeNs;
    exchange.informational = [...exchange.informational, message];
    this.#emit({ type: 'response', timeNs: this.timeNs, exchange, message });
    this.#emit({ type: 'message-end', timeNs: this.timeNs, exchange, message });
  }

  body(exchange: FakeExchange, message: FakeMessage, content: string | Uint8Array): void {
    const bytes = toBytes(content);
    message.body.push(bytes);
    this.#emit({ type: 'body', timeNs: this.timeNs, exchange, message, bytes });
  }

  /** The content behind a coding, as far as the wire bytes so far would give it. */
  codedBody(
    exchange: FakeExchange,
    message: FakeMessage,
    encoding: string,
    wireBytes: number,
    content: string,
  ): void {
    message.body.encoding = encoding;
    message.body.content = Buffer.concat([message.body.content, toBytes(content)]);
    this.body(exchange, message, new Uint8Array(wireBytes));
  }

  end(exchange: FakeExchange, message: FakeMessage, cut: string | null = null): void {
    const { body } = message;
    message.cut = cut;
    if (cut === null) message.endTimeNs = this.timeNs;
    const whole = cut === null && !body.truncated && body.gaps.length === 0 && body.problem === null;
    if (whole) body.contentLengthBytes = body.content.length;
    if (message === exchange.response && exchange.request !== null && cut === null)
      exchange.durationNs = this.timeNs - exchange.request.startTimeNs;
    this.#emit({ type: 'message-end', timeNs: this.timeNs, exchange, message });
  }

  finish(exchange: FakeExchange): void {
    this.#emit({ type: 'exchange', timeNs: this.timeNs, exchange });
  }

  #message(exchange: FakeExchange, direction: Direction, parts: HeadParts): FakeMessage {
    return {
      direction,
      protocol: exchange.protocol,
      method: null,
      url: null,
      status: null,
      reasonPhrase: '',
      headers: [],
      trailers: [],
      body: new FakeBody(),
      unitProtocol: null,
      startTimeNs: this.timeNs,
      headTimeNs: this.timeNs,
      endTimeNs: null,
      cut: null,
      ...parts,
    };
  }
}

export const noCounters: Counters = {
  events: 0,
  bytes: 0,
  ringFullEvents: 0,
  ringFullBytes: 0,
  faultEvents: 0,
  faultBytes: 0,
  tooLongEvents: 0,
  tooLongBytes: 0,
  tableFull: 0,
  filtered: 0,
  unreadable: 0,
  secrets: 0,
  ringFullSecrets: 0,
  faultSecrets: 0,
};

function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
}
