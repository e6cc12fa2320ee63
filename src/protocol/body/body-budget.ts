/**
 * What the bodies of all unfinished exchanges together may hold in memory. Without it ten thousand streams that are never
 * ended would each keep a whole body's worth.
 */
export class BodyBudget {
  #leftBytes: number;

  constructor(bytes: number) {
    this.#leftBytes = bytes;
  }

  /** Takes up to `bytes`; returns how many were to be had. */
  take(bytes: number): number {
    const taken = Math.min(bytes, this.#leftBytes);
    this.#leftBytes -= taken;
    return taken;
  }

  giveBack(bytes: number): void {
    this.#leftBytes += bytes;
  }
}
