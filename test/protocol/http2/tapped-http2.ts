import type { EventEmitter } from 'node:events';
import http2 from 'node:http2';
import { Duplex } from 'node:stream';
import type { Direction } from '../../../src/event/event.ts';
import type { Input } from './observe-script.ts';

/** What the programs at both ends saw of one stream, by Node's own HTTP/2. */
export interface AppExchange {
  readonly stream: number;
  readonly request: AppMessage;
  readonly response: AppMessage;
  readonly informational: AppFields[];
}

export type AppFields = readonly (readonly [string, string])[];

export interface AppMessage {
  fields: AppFields;
  trailers: AppFields;
  body: Buffer;
}

export interface TappedRun {
  /** What went over the connection in order, seen by the server. */
  readonly inputs: readonly Input[];
  readonly exchanges: ReadonlyMap<number, AppExchange>;
}

export interface RequestPlan {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string>> | null;
  readonly reply: ReplyPlan;
}

export interface ReplyPlan {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string>> | null;
  readonly hints: boolean;
  readonly push: Buffer | null;
}

/** A client and a server of Node's, joined in memory. */
export async function runTappedHttp2(plans: readonly RequestPlan[], inFlight: number): Promise<TappedRun> {
  const inputs: Input[] = [];
  const exchanges = new Map<number, AppExchange>();
  const [clientEnd, serverEnd] = tappedPair(inputs);
  const options = {
    paddingStrategy: http2.constants.PADDING_STRATEGY_MAX,
    settings: { headerTableSize: 8192, maxConcurrentStreams: 1000, maxHeaderListSize: 1 << 20 },
    maxSendHeaderBlockLength: 1 << 20,
  };
  const server = http2.createServer(options);
  listen(server, 'stream', (fields, stream) => {
    serve(stream as http2.ServerHttp2Stream, fields, plans, exchanges);
  });
  server.emit('connection', serverEnd);
  const session = http2.connect('http://shop.local', { ...options, createConnection: () => clientEnd });
  listen(session, 'stream', (fields, stream) => {
    const pushed = stream as http2.ClientHttp2Stream;
    const exchange = exchangeOf(exchanges, pushed.id ?? 0);
    exchange.request.fields = fields;
    collectResponse(pushed, exchange, 'push');
  });
  const queue = [...plans.entries()];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await send(session, next[1], next[0], exchanges);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  session.close();
  await new Promise((resolve) => session.once('close', resolve));
  return { inputs, exchanges };
}

async function send(
  session: http2.ClientHttp2Session,
  plan: RequestPlan,
  at: number,
  exchanges: Map<number, AppExchange>,
): Promise<void> {
  const endStream = plan.body.length === 0 && plan.trailers === null;
  const stream = session.request(
    { ':method': plan.body.length > 0 ? 'POST' : 'GET', ':path': `/${at}`, ...plan.headers },
    { endStream, waitForTrailers: plan.trailers !== null },
  );
  stream.on('wantTrailers', () => stream.sendTrailers(plan.trailers ?? {}));
  if (!endStream) stream.end(plan.body);
  const done = new Promise((resolve) => stream.once('close', resolve));
  if (stream.pending) await new Promise((resolve) => stream.once('ready', resolve));
  collectResponse(stream, exchangeOf(exchanges, stream.id ?? 0), 'response');
  await done;
}

function collectResponse(
  stream: http2.ClientHttp2Stream,
  exchange: AppExchange,
  headEvent: 'response' | 'push',
): void {
  listen(stream, 'headers', (fields) => exchange.informational.push(fields));
  listen(stream, headEvent, (fields) => (exchange.response.fields = fields));
  listen(stream, 'trailers', (fields) => (exchange.response.trailers = fields));
  collectBody(stream, exchange.response);
}

function serve(
  stream: http2.ServerHttp2Stream,
  fields: AppFields,
  plans: readonly RequestPlan[],
  exchanges: Map<number, AppExchange>,
): void {
  const exchange = exchangeOf(exchanges, stream.id ?? 0);
  exchange.request.fields = fields;
  const plan = plans[Number(new Map(fields).get(':path')?.slice(1))];
  if (plan === undefined) throw new Error('not one of the requests planned');
  const { reply } = plan;
  listen(stream, 'trailers', (fields) => (exchange.request.trailers = fields));
  collectBody(stream, exchange.request);
  if (reply.hints) stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
  if (reply.push !== null) {
    const content = reply.push;
    stream.pushStream({ ':path': `/pushed/${stream.id}` }, (error, pushed) => {
      if (error !== null) throw error;
      pushed.respond({ ':status': 200, 'x-pushed': 'yes' });
      pushed.end(content);
    });
  }
  stream.respond({ ':status': reply.status, ...reply.headers }, { waitForTrailers: reply.trailers !== null });
  stream.on('wantTrailers', () => stream.sendTrailers(reply.trailers ?? {}));
  stream.end(reply.body);
}

function collectBody(stream: Duplex, message: AppMessage): void {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece);
    message.body = Buffer.concat(pieces);
  });
}

/** Node's header events end with names and values alternately, in wire order: more than its types tell. */
function listen(
  emitter: EventEmitter,
  event: string,
  take: (fields: AppFields, first: unknown) => void,
): void {
  emitter.on(event, (...values: readonly unknown[]) => {
    const raw = values.at(-1);
    if (!Array.isArray(raw)) throw new Error(`${event} came without its headers`);
    const fields: (readonly [string, string])[] = [];
    for (let at = 0; at + 1 < raw.length; at += 2) fields.push([String(raw[at]), String(raw[at + 1])]);
    take(fields, values[0]);
  });
}

function exchangeOf(exchanges: Map<number, AppExchange>, stream: number): AppExchange {
  const known = exchanges.get(stream);
  if (known !== undefined) return known;
  const exchange = { stream, request: noMessage(), response: noMessage(), informational: [] };
  exchanges.set(stream, exchange);
  return exchange;
}

function noMessage(): AppMessage {
  return { fields: [], trailers: [], body: Buffer.alloc(0) };
}

function tappedPair(inputs: Input[]): readonly [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const makeEnd = (other: 0 | 1, direction: Direction): Duplex =>
    new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        inputs.push({ direction, bytes: Buffer.from(chunk) });
        ends[other]?.push(chunk);
        setImmediate(done);
      },
      final(done) {
        ends[other]?.push(null);
        done();
      },
    });
  const client = makeEnd(1, 'read');
  const server = makeEnd(0, 'write');
  ends.push(client, server);
  return [client, server];
}
