import { Duplex } from 'node:stream';

/** A connection in memory: what one end writes the other reads, in pieces of at most `pieceBytes`, and `tap` sees it. */
export function tappedPair(
  tap: (from: 'client' | 'server', bytes: Buffer) => void,
  pieceBytes: number,
): { readonly client: Duplex; readonly server: Duplex } {
  const client: End = new End((bytes) => {
    tap('client', bytes);
    server.receive(bytes);
  }, pieceBytes);
  const server: End = new End((bytes) => {
    tap('server', bytes);
    client.receive(bytes);
  }, pieceBytes);
  client.on('finish', () => server.receive(null));
  server.on('finish', () => client.receive(null));
  return { client, server };
}

class End extends Duplex {
  readonly #deliver: (bytes: Buffer) => void;
  readonly #pieceBytes: number;
  /** What the reader has not asked for yet. */
  readonly #received: (Buffer | null)[] = [];
  #isWanted = false;

  constructor(deliver: (bytes: Buffer) => void, pieceBytes: number) {
    super();
    this.#deliver = deliver;
    this.#pieceBytes = pieceBytes;
  }

  receive(bytes: Buffer | null): void {
    this.#received.push(bytes);
    this.#pump();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) {
      this.#deliver(Buffer.from(bytes.subarray(at, at + this.#pieceBytes)));
    }
    setImmediate(done);
  }

  override _read(): void {
    this.#isWanted = true;
    this.#pump();
  }

  #pump(): void {
    while (this.#isWanted && this.#received.length > 0) {
      this.#isWanted = this.push(this.#received.shift());
    }
  }

  // What node:http asks of a socket.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}
