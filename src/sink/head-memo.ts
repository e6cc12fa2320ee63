import type { Header, HttpMessage } from '../protocol/exchange.ts';

/**
 * Remembers what was made of heads that are repeated word for word. Those are parsed once: their headers are the same
 * array each time, which is frozen. By that they are recognised, and the rest of the head is compared.
 */
export class HeadMemo<T> {
  readonly #make: (message: HttpMessage) => T;
  readonly #entries = new Map<readonly Header[], Entry<T>>();

  /** @param make what is wanted of a message; it may depend on the head alone */
  constructor(make: (message: HttpMessage) => T) {
    this.#make = make;
  }

  find(message: HttpMessage): T {
    if (!Object.isFrozen(message.headers)) return this.#make(message);
    const known = this.#entries.get(message.headers);
    if (known !== undefined && isHeadOf(known, message)) return known.value;
    const value = this.#make(message);
    if (isShort(message)) {
      if (this.#entries.size >= entryLimit) this.#entries.clear();
      const { method, url, status, reasonPhrase } = message;
      this.#entries.set(message.headers, { method, url, status, reasonPhrase, value });
    }
    return value;
  }
}

interface Entry<T> {
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  readonly reasonPhrase: string;
  readonly value: T;
}

// Together they bound what is kept in memory to a few megabytes.
const entryLimit = 512;
const lengthLimit = 4096;

function isHeadOf(entry: Entry<unknown>, message: HttpMessage): boolean {
  return (
    entry.method === message.method &&
    entry.url === message.url &&
    entry.status === message.status &&
    entry.reasonPhrase === message.reasonPhrase
  );
}

function isShort({ headers, url, reasonPhrase }: HttpMessage): boolean {
  let length = (url?.length ?? 0) + reasonPhrase.length;
  for (const [name, value] of headers) {
    length += name?.length ?? 0;
    if (value !== null) length += typeof value === 'string' ? value.length : value.base64.length;
  }
  return length <= lengthLimit;
}
