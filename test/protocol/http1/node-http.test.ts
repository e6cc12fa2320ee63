import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Exchange, Header } from '../../../src/protocol/exchange.ts';
import { observeConnection } from '../../../src/protocol/observe-connection.ts';
import { tappedPair } from '../support/tapped-pair.ts';
import { pseudoRandomBytes } from '../../support/pseudo-random.ts';
import { connection } from '../support/watch.ts';

/** What a request asks the server for, and what the programs at both ends saw of it. */
interface Seen {
  readonly method: string;
  readonly target: string;
  readonly requestHeaders: readonly string[];
  readonly requestBody: Buffer;
  readonly requestTrailers: readonly string[];
  readonly status: number;
  readonly phrase: string;
  readonly responseHeaders: readonly string[];
  readonly responseBody: Buffer;
  readonly responseTrailers: readonly string[];
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly isChunked: boolean;
}

/** Answers in as many ways as a server can: the path says which. */
async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<Buffer> {
  const body = await buffer(request);
  const [, way, size = '0'] = request.url?.split('/') ?? [];
  const content = pseudoRandomBytes(Number(size), Number(size));
  response.setHeader('X-Way', way ?? '');
  if (way === 'chunked') {
    if (request.method !== 'HEAD') response.setHeader('Trailer', 'X-Sum');
    for (let at = 0; at < content.length; at += 999) response.write(content.subarray(at, at + 999));
    response.addTrailers({ 'X-Sum': '42' });
    response.end();
  } else if (way === 'gzip') {
    response.setHeader('Content-Encoding', 'gzip');
    response.end(zlib.gzipSync(content));
  } else if (way === 'hints') {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.writeProcessing();
    response.end(content);
  } else if (way === 'empty') {
    response.writeHead(204, 'Nothing Here').end();
  } else if (way === 'same') {
    response.writeHead(304).end();
  } else {
    response.writeHead(200, { 'Content-Length': content.length });
    response.end(content);
  }
  return body;
}

async function converse(
  asks: readonly Ask[],
  pieceBytes: number,
): Promise<{ seen: Seen[]; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];
  let id = 0;
  const observer = observeConnection({
    connection: connection(),
    emit: (event) => {
      if (event.type === 'exchange') exchanges.push(event.exchange);
      if (event.type === 'data') throw new Error('not recognised');
    },
    nextExchangeId: () => (id += 1),
    bodyLimitBytes: 1 << 24,
  });
  const atServer: { request: http.IncomingMessage; body: Buffer }[] = [];
  const server = http.createServer((request, response) => {
    void answer(request, response).then((body) => atServer.push({ request, body }));
  });
  const pair = tappedPair(
    (from, bytes) => observer.data(from === 'client' ? 'read' : 'write', bytes, 0),
    pieceBytes,
  );
  server.emit('connection', pair.server);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => pair.client;
  const seen: Seen[] = [];
  for (const ask of asks) {
    const { response, body } = await send(ask, agent);
    const { request, body: requestBody } = atServer.at(-1)!;
    seen.push({
      method: request.method ?? '',
      target: request.url ?? '',
      requestHeaders: request.rawHeaders,
      requestBody,
      requestTrailers: request.rawTrailers,
      status: response.statusCode ?? 0,
      phrase: response.statusMessage ?? '',
      responseHeaders: response.rawHeaders,
      responseBody: body,
      responseTrailers: response.rawTrailers,
    });
  }
  agent.destroy();
  server.close();
  observer.end(0, 'connection ended');
  return { seen, exchanges };
}

function send(ask: Ask, agent: http.Agent): Promise<{ response: http.IncomingMessage; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers: http.OutgoingHttpHeaders = { 'X-Id': ask.path };
    if (!ask.isChunked && ask.body.length > 0) headers['Content-Length'] = ask.body.length;
    if (ask.isChunked) headers['Transfer-Encoding'] = 'chunked';
    if (ask.body.length % 2 === 1) headers['Expect'] = '100-continue';
    const request = http.request({ method: ask.method, path: ask.path, host: 'h.example', headers, agent });
    request.on('error', reject);
    request.on('response', (response) => {
      void buffer(response).then((body) => resolve({ response, body }), reject);
    });
    if (ask.isChunked) {
      for (let at = 0; at < ask.body.length; at += 777) request.write(ask.body.subarray(at, at + 777));
      request.addTrailers({ 'X-Client-Sum': '7' });
    } else if (ask.body.length > 0) {
      request.write(ask.body);
    }
    request.end();
  });
}

function pairs(headers: readonly Header[]): string[] {
  return headers.flatMap(([name, value]) => [name ?? '', typeof value === 'string' ? value : '']);
}

const asks: Ask[] = [
  { method: 'GET', path: '/sized/10', body: Buffer.alloc(0), isChunked: false },
  { method: 'HEAD', path: '/sized/1000', body: Buffer.alloc(0), isChunked: false },
  { method: 'POST', path: '/sized/0', body: pseudoRandomBytes(301, 1), isChunked: false },
  { method: 'PUT', path: '/chunked/5000', body: pseudoRandomBytes(4000, 2), isChunked: true },
  { method: 'DELETE', path: '/empty', body: Buffer.alloc(0), isChunked: false },
  { method: 'GET', path: '/same', body: Buffer.alloc(0), isChunked: false },
  { method: 'POST', path: '/hints/20', body: pseudoRandomBytes(7, 3), isChunked: true },
  { method: 'GET', path: '/gzip/3000', body: Buffer.alloc(0), isChunked: false },
  { method: 'PROPFIND', path: '/chunked/1', body: Buffer.alloc(0), isChunked: true },
  // Last: node's client does not read on after a body that filled its buffer, unless the socket is a real one.
  { method: 'PATCH', path: '/sized/200000', body: pseudoRandomBytes(150_000, 4), isChunked: false },
];

const missing = Buffer.from('no body was observed');

describe('what node:http and the observer see of one connection is the same', () => {
  it.each([1, 7, 1460, 1 << 20])('in pieces of at most %i bytes', async (pieceBytes) => {
    const few = pieceBytes === 1 ? asks.filter((ask) => !ask.path.endsWith('200000')) : asks;
    const { seen, exchanges } = await converse(few, pieceBytes);
    expect(exchanges).toHaveLength(few.length);
    for (const [index, { request, response, informational }] of exchanges.entries()) {
      const truth = seen[index]!;
      expect([request?.method, request?.url]).toEqual([truth.method, `https://h.example${truth.target}`]);
      expect(pairs(request?.headers ?? [])).toEqual(truth.requestHeaders);
      expect(truth.requestBody.equals(request?.body.decoded().bytes ?? missing)).toBe(true);
      expect(pairs(request?.trailers ?? [])).toEqual(truth.requestTrailers);
      expect([response?.status, response?.reasonPhrase]).toEqual([truth.status, truth.phrase]);
      expect(pairs(response?.headers ?? [])).toEqual(truth.responseHeaders);
      expect(pairs(response?.trailers ?? [])).toEqual(truth.responseTrailers);
      const isCoded = response?.body.encoding === 'gzip';
      const content = isCoded ? zlib.gunzipSync(truth.responseBody) : truth.responseBody;
      expect(content.equals(response?.body.decoded().bytes ?? missing)).toBe(true);
      expect([request?.cut, response?.cut]).toEqual([null, null]);
      const expected = few[index]!.body.length % 2 === 1 ? [100] : [];
      if (truth.target.startsWith('/hints')) expected.push(103, 102);
      expect(informational.map((message) => message.status)).toEqual(expected);
    }
  });
});
