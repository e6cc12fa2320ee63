import type { HttpMessage } from '../protocol/exchange.ts';
import type { ArrivingMessage } from './arriving-message.ts';

/**
 * The messages whose head was seen and that are not over, in the order they began. Most of them end with the data they
 * began in, before another begins, so the newest is held apart: no map is touched for those.
 */
export class ArrivingMessages {
  readonly #older = new Map<HttpMessage, ArrivingMessage>();
  #newest: ArrivingMessage | null = null;

  add(arriving: ArrivingMessage): void {
    if (this.#newest !== null) this.#older.set(this.#newest.message, this.#newest);
    this.#newest = arriving;
  }

  find(message: HttpMessage): ArrivingMessage | undefined {
    if (this.#newest?.message === message) return this.#newest;
    return this.#older.size === 0 ? undefined : this.#older.get(message);
  }

  remove(message: HttpMessage): void {
    if (this.#newest?.message === message) this.#newest = null;
    else if (this.#older.size > 0) this.#older.delete(message);
  }

  *[Symbol.iterator](): Generator<ArrivingMessage> {
    yield* this.#older.values();
    if (this.#newest !== null) yield this.#newest;
  }

  clear(): void {
    this.#older.clear();
    this.#newest = null;
  }
}
