/**
 * Which packets have to wait: everything from a ClientHello on, until the secrets of its handshake are known, or the
 * time for it has run out. Readers decrypt only what comes after the secrets, and TLS 1.3 needs them before the
 * ServerHello. Order is kept, so one handshake holds whatever comes after it; nothing is held without end.
 *
 * Positions are those of a queue that only grows; this class does not know what is in it.
 */
export class HoldBack {
  readonly #limitNs: number;
  readonly #waiting = new Map<string, { readonly sinceNs: number; readonly position: number }>();

  constructor(limitNs: number) {
    this.#limitNs = limitNs;
  }

  get handshakes(): number {
    return this.#waiting.size;
  }

  /** Where the first packet is that must wait; Infinity when none must. */
  get position(): number {
    // Insertion order is the order of positions.
    for (const { position } of this.#waiting.values()) return position;
    return Infinity;
  }

  /** A ClientHello is at `position`. A second one (HelloRetryRequest, a copy on another interface) changes nothing. */
  add(clientRandom: string, timeNs: number, position: number): void {
    if (!this.#waiting.has(clientRandom)) this.#waiting.set(clientRandom, { sinceNs: timeNs, position });
  }

  /** Its secrets are known. */
  satisfy(clientRandom: string): void {
    this.#waiting.delete(clientRandom);
  }

  /** Gives up handshakes that waited long enough, and returns their client randoms. */
  expire(timeNs: number): readonly string[] {
    const expired: string[] = [];
    for (const [clientRandom, { sinceNs }] of this.#waiting) {
      if (timeNs - sinceNs < this.#limitNs) break;
      this.#waiting.delete(clientRandom);
      expired.push(clientRandom);
    }
    return expired;
  }

  /** Gives up the oldest, for room. */
  giveUpOldest(): string | undefined {
    for (const clientRandom of this.#waiting.keys()) {
      this.#waiting.delete(clientRandom);
      return clientRandom;
    }
    return undefined;
  }
}
