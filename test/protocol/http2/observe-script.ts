import type { Direction } from '../../../src/event/event.ts';
import type { Exchange, Header, HttpMessage } from '../../../src/protocol/exchange.ts';
import { Http2Observer } from '../../../src/protocol/http2/http2-observer.ts';
import type { ProtocolEvent } from '../../../src/protocol/protocol-event.ts';
import type { Connection } from '../../../src/stream/stream-event.ts';

export type Input =
  | { readonly direction: Direction; readonly bytes: Uint8Array }
  | { readonly direction: Direction; readonly lostBytes: number | null };

/** Only what the messages are made of, so that different splits of the same bytes compare equal. */
export interface SeenMessage {
  readonly direction: Direction;
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  readonly headers: readonly Header[];
  readonly trailers: readonly Header[];
  readonly body: string;
  readonly bodyGaps: readonly { readonly offset: number; readonly lengthBytes: number | null }[];
  readonly isComplete: boolean;
  readonly cut: string | null;
}

export interface SeenExchange {
  readonly stream: number | null;
  readonly request: SeenMessage | null;
  readonly response: SeenMessage | null;
  readonly informational: readonly SeenMessage[];
  readonly gaps: number;
  readonly joinedLate: boolean;
}

export interface Seen {
  /** In the order in which they ended. */
  readonly exchanges: readonly SeenExchange[];
  /** `← SETTINGS ACK`: `read` points left. */
  readonly controls: readonly string[];
  readonly unrecognised: Readonly<Record<Direction, Buffer>>;
  /** Where each piece of that began, both directions together. */
  readonly unrecognisedAt: readonly number[];
  readonly events: readonly ProtocolEvent['type'][];
}

export interface ObserveOptions {
  readonly role?: Connection['role'];
  readonly joinedLate?: boolean;
  readonly bodyLimitBytes?: number;
  readonly local?: Connection['local'];
  readonly remote?: Connection['remote'];
}

/** Runs an observer over the inputs and to its end; checks the order of events that every sink relies on. */
export function observeScript(inputs: Iterable<Input>, options: ObserveOptions = {}): Seen {
  const run = new ObservedConnection(options);
  for (const input of inputs) run.feed(input);
  return run.end();
}

export class ObservedConnection {
  readonly exchanges: SeenExchange[] = [];
  readonly controls: string[] = [];
  readonly events: ProtocolEvent['type'][] = [];
  readonly #unrecognised: Record<Direction, Buffer[]> = { read: [], write: [] };
  readonly #unrecognisedAt: number[] = [];
  readonly #position: Record<Direction, number> = { read: 0, write: 0 };
  readonly #bodies = new Map<HttpMessage, Buffer[]>();
  readonly #open = new Set<Exchange>();
  readonly #observer: Http2Observer;
  #timeNs = 1000;
  #lastId = 0;

  constructor(options: ObserveOptions = {}) {
    this.#observer = new Http2Observer({
      connection: fakeConnection(options),
      emit: (event) => this.#take(event),
      nextExchangeId: () => ++this.#lastId,
      bodyLimitBytes: options.bodyLimitBytes ?? 1 << 24,
    });
  }

  feed(input: Input): void {
    this.#timeNs += 10;
    if (!('bytes' in input)) {
      this.#observer.gap(input.direction, input.lostBytes, this.#timeNs);
      return;
    }
    // What the observer is given is gone after the call, as in a capture.
    const bytes = new Uint8Array(input.bytes);
    this.#observer.data(input.direction, bytes, this.#timeNs);
    bytes.fill(0xee);
  }

  end(): Seen {
    this.#observer.end(this.#timeNs + 10, 'connection ended');
    if (this.#open.size > 0) throw new Error(`${this.#open.size} exchanges never ended`);
    return {
      exchanges: this.exchanges,
      controls: this.controls,
      events: this.events,
      unrecognisedAt: this.#unrecognisedAt,
      unrecognised: {
        read: Buffer.concat(this.#unrecognised.read),
        write: Buffer.concat(this.#unrecognised.write),
      },
    };
  }

  #take(event: ProtocolEvent): void {
    this.events.push(event.type);
    if (event.type === 'control') {
      this.controls.push(`${event.direction === 'read' ? '←' : '→'} ${event.text}`);
    } else if (event.type === 'data') {
      if (event.offset < this.#position[event.direction]) throw new Error('offset goes back');
      this.#unrecognisedAt.push(event.offset);
      this.#position[event.direction] = event.offset + event.bytes.length;
      this.#unrecognised[event.direction].push(Buffer.from(event.bytes));
    } else if (event.type === 'request' || event.type === 'response') {
      if (this.#bodies.has(event.message)) throw new Error('a head came twice');
      this.#bodies.set(event.message, []);
      this.#open.add(event.exchange);
    } else if (event.type === 'body') {
      this.#bodies.get(event.message)!.push(Buffer.from(event.bytes));
    } else if (event.type === 'message-end') {
      if (!this.#bodies.has(event.message)) throw new Error('an end without a head');
    } else if (event.type === 'exchange') {
      this.#open.delete(event.exchange);
      this.exchanges.push(this.#describe(event.exchange));
    }
  }

  #describe(exchange: Exchange): SeenExchange {
    const { stream, request, response, informational, gaps, joinedLate } = exchange;
    return {
      stream,
      request: request && this.#describeMessage(request),
      response: response && this.#describeMessage(response),
      informational: informational.map((message) => this.#describeMessage(message)),
      gaps,
      joinedLate,
    };
  }

  #describeMessage(message: HttpMessage): SeenMessage {
    const { direction, method, url, status, headers, trailers, cut } = message;
    const pieces = Buffer.concat(this.#bodies.get(message)!);
    this.#bodies.delete(message);
    return {
      direction,
      method,
      url,
      status,
      headers,
      trailers,
      cut,
      body: pieces.toString('latin1'),
      bodyGaps: message.body.gaps,
      isComplete: message.endTimeNs !== null,
    };
  }
}

function fakeConnection(options: ObserveOptions): Connection {
  return {
    id: 1,
    family: 'gotls',
    pid: 10,
    tid: 11,
    comm: 'program',
    exe: '/bin/program',
    role: options.role === undefined ? 'server' : options.role,
    fd: 3,
    local: options.local ?? null,
    remote: options.remote ?? null,
    identityNote: '',
    joinedLate: options.joinedLate ?? false,
    openedTimeNs: 0,
    readBytes: 0,
    writtenBytes: 0,
    lostBytes: 0,
    gaps: 0,
  };
}
