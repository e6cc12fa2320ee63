import type { Direction, Role } from '../../../src/event/event.ts';
import type {
  ConnectionObserver,
  EndReason,
  ObserverContext,
} from '../../../src/protocol/connection-observer.ts';
import type { Exchange, Header, HttpMessage } from '../../../src/protocol/exchange.ts';
import type { ProtocolEvent, UnitMessage } from '../../../src/protocol/protocol-event.ts';
import type { Connection } from '../../../src/stream/stream-event.ts';

/** Bytes of a direction (a string is one character per byte), or a gap of so many bytes (null: nobody knows). */
export type Step =
  | readonly [direction: Direction, bytes: string | Uint8Array]
  | readonly [direction: Direction, gap: 'gap', lengthBytes: number | null];

export interface Watched {
  /** One line per exchange, in the order in which they ended. */
  readonly exchanges: readonly string[];
  /** Unrecognised bytes per direction: `offset:text`, neighbours joined. */
  readonly data: readonly string[];
  readonly events: readonly string[];
  /** Units of streams, one line each: `read websocket text 5 hello`. */
  readonly messages: readonly string[];
  /** Exchange objects, in the order in which they ended. */
  readonly ended: readonly Exchange[];
}

export interface WatchOptions {
  readonly role?: Role | null;
  readonly joinedLate?: boolean;
  readonly bodyLimitBytes?: number;
  readonly timeStepNs?: number;
  readonly endReason?: EndReason;
}

export function connection(options: WatchOptions = {}): Connection {
  return {
    id: 1,
    family: 'gotls',
    pid: 10,
    tid: 11,
    comm: 'server',
    exe: '/usr/bin/server',
    role: options.role ?? null,
    fd: 5,
    local: null,
    remote: null,
    identityNote: '',
    joinedLate: options.joinedLate ?? false,
    openedTimeNs: 1000,
    readBytes: 0,
    writtenBytes: 0,
    lostBytes: 0,
    gaps: 0,
  };
}

/** Feeds an observer, checks that the order of events is the one promised, and tells what came out. */
export function watch(
  make: (context: ObserverContext) => ConnectionObserver,
  steps: readonly Step[],
  options: WatchOptions = {},
): Watched {
  const recorder = new Recorder();
  let lastId = 0;
  const observer = make({
    connection: connection(options),
    emit: (event) => recorder.add(event),
    nextExchangeId: () => (lastId += 1),
    bodyLimitBytes: options.bodyLimitBytes ?? 1 << 20,
  });
  let timeNs = 1000;
  for (const step of steps) {
    timeNs += options.timeStepNs ?? 0;
    if (step.length === 3) observer.gap(step[0], step[2], timeNs);
    else {
      // Valid during the call only: what is kept without a copy shows.
      const bytes = Buffer.from(typeof step[1] === 'string' ? Buffer.from(step[1], 'latin1') : step[1]);
      observer.data(step[0], bytes, timeNs);
      bytes.fill(0x5a);
    }
  }
  observer.end(timeNs, options.endReason ?? 'connection ended');
  const watched = recorder.result();
  for (const direction of ['read', 'write'] as const) mustBeOf(direction, steps, watched.data);
  return watched;
}

/** Unrecognised bytes must be those of the stream at that offset. */
function mustBeOf(direction: Direction, steps: readonly Step[], data: readonly string[]): void {
  let stream = '';
  for (const step of steps) {
    if (step[0] !== direction) continue;
    if (step.length === 3) stream += '\0'.repeat(step[2] ?? 0);
    else stream += typeof step[1] === 'string' ? step[1] : latin1(step[1]);
  }
  for (const piece of data) {
    const match = /^(\w+) (\d+):([^]*)$/.exec(piece);
    const [, of, offset = '', text = ''] = match ?? [];
    must(of !== direction || stream.startsWith(text, Number(offset)), `data at its offset: ${piece}`);
  }
}

function describeUnit(event: UnitMessage): string {
  const { direction, protocol, kind, lengthBytes, wireLengthBytes, fields, cut, isText, bytes } = event;
  const sizes = wireLengthBytes === null ? `${lengthBytes}` : `${lengthBytes}/${wireLengthBytes}`;
  const details = fields.map(([name, value]) => ` ${name}=${value}`).join('');
  const text = isText ? Buffer.from(bytes).toString('utf8') : `0x${Buffer.from(bytes).toString('hex')}`;
  return `${direction} ${protocol} ${kind} ${sizes}${details} ${text}${cut === null ? '' : ` [${cut}]`}`;
}

class Recorder {
  readonly #events: string[] = [];
  readonly #messages: string[] = [];
  readonly #data: { direction: Direction; from: number; to: number; text: string }[] = [];
  readonly #exchanges: string[] = [];
  readonly #ended: Exchange[] = [];
  readonly #bodies = new Map<HttpMessage, string>();
  readonly #open = new Set<HttpMessage>();
  readonly #over = new Set<Exchange>();

  add(event: ProtocolEvent): void {
    switch (event.type) {
      case 'request':
      case 'response':
        must(!this.#bodies.has(event.message), 'head once');
        must(!this.#over.has(event.exchange), 'head before exchange');
        this.#bodies.set(event.message, '');
        this.#open.add(event.message);
        break;
      case 'body':
        must(this.#open.has(event.message), 'body after head, before message-end');
        must(event.bytes.length > 0, 'body not empty');
        this.#bodies.set(event.message, (this.#bodies.get(event.message) ?? '') + latin1(event.bytes));
        break;
      case 'message-end':
        must(this.#open.delete(event.message), 'message-end after head, once');
        break;
      case 'exchange':
        this.#end(event.exchange);
        break;
      case 'data':
        this.#addData(event.direction, event.offset, latin1(event.bytes));
        break;
      case 'message':
        this.#messages.push(describeUnit(event));
        break;
      case 'open':
      case 'close':
      case 'gap':
      case 'tick':
      case 'secret':
      case 'control':
        break;
    }
    if (event.type !== 'data' && event.type !== 'body') this.#events.push(event.type);
  }

  result(): Watched {
    must(this.#open.size === 0, 'every message has ended');
    return {
      exchanges: this.#exchanges,
      data: this.#data.map((piece) => `${piece.direction} ${piece.from}:${piece.text}`),
      events: this.#events,
      messages: this.#messages,
      ended: this.#ended,
    };
  }

  #addData(direction: Direction, from: number, text: string): void {
    must(text.length > 0, 'data not empty');
    const last = this.#data.findLast((piece) => piece.direction === direction);
    must(last === undefined || last.to <= from, 'data in order');
    if (last?.to === from) {
      last.text += text;
      last.to += text.length;
    } else {
      this.#data.push({ direction, from, to: from + text.length, text });
    }
  }

  #end(exchange: Exchange): void {
    must(!this.#over.has(exchange), 'exchange once');
    this.#over.add(exchange);
    this.#ended.push(exchange);
    for (const message of [exchange.request, exchange.response]) {
      if (message === null) continue;
      must(this.#bodies.has(message) && !this.#open.has(message), 'exchange after its messages ended');
      const { body } = message;
      if (body.encoding === null && !body.truncated) {
        must(latin1(body.decoded().bytes) === this.#bodies.get(message), 'body pieces are the body');
      }
    }
    this.#exchanges.push(describeExchange(exchange));
  }
}

function describeExchange(exchange: Exchange): string {
  const notes = [
    exchange.informational.map((message) => ` after ${message.status}`).join(''),
    exchange.gaps > 0 ? ` gaps=${exchange.gaps}` : '',
    exchange.joinedLate ? ' joined-late' : '',
  ];
  return `${describe(exchange.request)} => ${describe(exchange.response)}${notes.join('')}`;
}

function describe(message: HttpMessage | null): string {
  if (message === null) return '?';
  const { body } = message;
  const first =
    message.method === null
      ? `${message.status} ${message.reasonPhrase}`.trim()
      : `${message.method} ${message.url}`;
  const holes = body.gaps.map((gap) => ` hole ${gap.offset}+${gap.lengthBytes ?? '?'}`).join('');
  const content =
    body.wireLengthBytes > 0
      ? ` "${latin1(body.decoded().bytes)}"${body.encoding === null ? '' : ` (${body.encoding})`}`
      : '';
  must((message.endTimeNs === null) === (message.cut !== null), 'ended or cut');
  return [
    first,
    message.protocol === 'http/1.1' ? '' : ` ${message.protocol}`,
    fields(message.headers),
    content,
    holes,
    body.truncated ? ' truncated' : '',
    fields(message.trailers),
    message.cut === null ? '' : ` CUT: ${message.cut}`,
  ].join('');
}

/** Fields that are not there only to frame the body. */
function fields(headers: readonly Header[]): string {
  return headers
    .filter(([name]) => !/^(host|content-length|transfer-encoding|content-encoding)$/i.test(name ?? ''))
    .map(([name, value]) => ` {${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}}`)
    .join('');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function must(condition: boolean, rule: string): void {
  if (!condition) throw new Error(`broken rule: ${rule}`);
}
