const half = 2 ** 32;

/** Monotonic times as halves of wall-clock nanoseconds, exactly, without big integers for each packet. */
export class WallTime {
  readonly #offsetNs: bigint;
  readonly #offsetHigh: number;
  readonly #offsetLow: number;
  high = 0;
  low = 0;

  /** @param clockOffsetNs wall clock = clockOffsetNs + monotonic clock */
  constructor(clockOffsetNs: bigint) {
    this.#offsetNs = clockOffsetNs;
    this.#offsetHigh = Number(clockOffsetNs >> 32n);
    this.#offsetLow = Number(BigInt.asUintN(32, clockOffsetNs));
  }

  /** Sets {@link high} and {@link low}. */
  set(timeNs: number): void {
    const timeHigh = Math.floor(timeNs / half);
    const low = timeNs - timeHigh * half + this.#offsetLow;
    const carry = low >= half ? 1 : 0;
    this.low = low - carry * half;
    this.high = this.#offsetHigh + timeHigh + carry;
  }

  exact(timeNs: number): bigint {
    return this.#offsetNs + BigInt(Math.floor(timeNs));
  }
}
