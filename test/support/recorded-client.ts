import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as http2Connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { Duplex } from 'node:stream';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpCall {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/**
 * One HTTPS connection whose plaintext is kept as this end saw it: what a server must have read is `sent`, what it must
 * have written is `received`.
 */
export class RecordedClient {
  /** As the server names its peer. */
  readonly address: string;
  readonly isResumed: boolean;
  readonly #readSession: () => Buffer | undefined;
  readonly #stream: RecordingStream;
  readonly #session: ClientHttp2Session | undefined;

  static async connect(options: {
    readonly port?: number;
    readonly host?: string;
    /** Unix socket. */
    readonly path?: string;
    readonly protocol: 'http/1.1' | 'h2';
    readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
    /** Of a connection before, to be resumed. */
    readonly session?: Buffer;
  }): Promise<RecordedClient> {
    const { protocol, host = '127.0.0.1', ...rest } = options;
    // The certificate is made by the program under test; what is tested is not who it is.
    const socket = tlsConnect({ host, ...rest, ALPNProtocols: [protocol], rejectUnauthorized: false });
    let session: Buffer | undefined;
    // Before the handshake is done in TLS 1.2, after it in TLS 1.3.
    socket.on('session', (given: Buffer) => (session = given));
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    if (socket.alpnProtocol !== protocol && !(protocol === 'http/1.1' && socket.alpnProtocol === false)) {
      throw new Error(`the server chose ${String(socket.alpnProtocol)} instead of ${protocol}`);
    }
    return new RecordedClient(socket, protocol, () => session);
  }

  private constructor(socket: TLSSocket, protocol: 'http/1.1' | 'h2', readSession: () => Buffer | undefined) {
    this.isResumed = socket.isSessionReused();
    this.#readSession = readSession;
    const { localAddress = '', localPort = 0 } = socket;
    this.address = localAddress.includes(':')
      ? `[${localAddress}]:${localPort}`
      : `${localAddress}:${localPort}`;
    this.#stream = new RecordingStream(socket);
    this.#session =
      protocol === 'h2'
        ? http2Connect('https://localhost', { createConnection: () => this.#stream })
        : undefined;
  }

  /** What the server has given so far, for a connection that resumes this one. */
  get session(): Buffer | undefined {
    return this.#readSession();
  }

  get sent(): Buffer {
    return Buffer.concat(this.#stream.sent);
  }

  get received(): Buffer {
    return Buffer.concat(this.#stream.received);
  }

  /** HTTP/1.1: one after the other; HTTP/2: any number at once. */
  async call(call: HttpCall): Promise<HttpReply> {
    return this.#session === undefined ? this.#callHttp1(call) : callHttp2(this.#session, call);
  }

  /** Says goodbye and reads until the server did so, too. */
  async close(): Promise<void> {
    if (this.#session !== undefined) {
      const session = this.#session;
      await new Promise<void>((resolve) => {
        session.close(resolve);
      });
    }
    await this.#stream.finish();
  }

  async #callHttp1(call: HttpCall): Promise<HttpReply> {
    const { method = 'GET', path, headers = {}, body } = call;
    const request = httpRequest({
      method,
      path,
      headers: { host: 'localhost', connection: 'keep-alive', ...headers, ...lengthOf(body) },
      createConnection: () => this.#stream,
    });
    request.end(body);
    return new Promise((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces),
          }),
        );
      });
    });
  }
}

function callHttp2(session: ClientHttp2Session, call: HttpCall): Promise<HttpReply> {
  const { method = 'GET', path, headers = {}, body } = call;
  const outgoing: OutgoingHttpHeaders = {
    ':method': method,
    ':path': path,
    ':authority': 'localhost',
    ...headers,
    ...lengthOf(body),
  };
  const stream = session.request(outgoing, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let status = 0;
    let replyHeaders: IncomingHttpHeaders = {};
    stream.on('error', reject);
    stream.on('response', (incoming) => {
      status = incoming[':status'] ?? 0;
      replyHeaders = incoming;
    });
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => resolve({ status, headers: replyHeaders, body: Buffer.concat(pieces) }));
  });
}

function lengthOf(body: Buffer | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(body.length) };
}

/** Passes bytes between an HTTP client and a TLS socket and keeps a copy of them; does not close before it is told to. */
class RecordingStream extends Duplex {
  readonly sent: Buffer[] = [];
  readonly received: Buffer[] = [];
  readonly #socket: TLSSocket;
  readonly #ended: Promise<void>;

  constructor(socket: TLSSocket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#ended = new Promise((resolve) => {
      socket.once('end', resolve);
      socket.once('close', resolve);
    });
    socket.on('data', (piece: Buffer) => {
      this.received.push(piece);
      if (!this.destroyed) this.push(piece);
    });
    socket.on('end', () => {
      if (!this.destroyed) this.push(null);
    });
    socket.on('error', () => {});
  }

  async finish(): Promise<void> {
    this.#socket.end();
    await this.#ended;
    this.#socket.destroy();
    this.destroy();
  }

  override _read(): void {}

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.sent.push(Buffer.from(piece));
    this.#socket.write(piece, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    done();
  }
}
