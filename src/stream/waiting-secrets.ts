import type { SecretEvent } from '../event/event.ts';

/**
 * Secrets that came before the open event of their connection, which is told late where its socket is still looked
 * for, or again where the ring had no room for it. They wait for it a moment.
 */
export class WaitingSecrets {
  readonly #waiting: SecretEvent[] = [];

  /** False when there are too many, or it is of no connection at all (QUIC): then nothing is worth waiting for. */
  add(event: SecretEvent): boolean {
    if (event.pointer === 0 || this.#waiting.length >= mostWaiting) return false;
    this.#waiting.push(event);
    return true;
  }

  /** Those of a connection that is known now. */
  takeOf(pid: number, pointer: number, generation: number): readonly SecretEvent[] {
    if (this.#waiting.length === 0) return [];
    return this.#take(
      (event) => event.pid === pid && event.pointer === pointer && event.generation === generation,
    );
  }

  /** Those that have waited long enough by that time. */
  takeDue(timeNs: number): readonly SecretEvent[] {
    if (this.#waiting.length === 0) return [];
    return this.#take((event) => timeNs - event.timeNs >= patienceNs);
  }

  #take(isTaken: (event: SecretEvent) => boolean): readonly SecretEvent[] {
    const taken = this.#waiting.filter(isTaken);
    if (taken.length > 0)
      this.#waiting.splice(0, Infinity, ...this.#waiting.filter((event) => !isTaken(event)));
    return taken;
  }
}

const patienceNs = 1e9;
const mostWaiting = 1000;
