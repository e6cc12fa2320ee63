const billion = 1_000_000_000;

/**
 * Turns the monotonic times of events into wall-clock time. What it needs to know of the outside is handed in, so that
 * a recording prints the times of the machine it was made on.
 */
export class WallClock {
  readonly #offsetSeconds: number;
  readonly #offsetNs: number;
  readonly #utcOffsetMinutes: (unixMs: number) => number;
  /** The millisecond in which `#localText` holds, in monotonic time. */
  #localFromNs = NaN;
  #localText = '';
  #localSecond = NaN;
  #localSecondText = '';
  #utcSecond = NaN;
  #utcSecondText = '';
  /** The last two times asked for, the newer first: those of an exchange are asked for several times. */
  #utcNs = NaN;
  #utcText = '';
  #olderUtcNs = NaN;
  #olderUtcText = '';

  /**
   * @param clockOffsetNs wall clock = clockOffsetNs + monotonic clock, in nanoseconds since 1970
   * @param utcOffsetMinutes minutes east of Greenwich at a moment in milliseconds since 1970
   */
  constructor(clockOffsetNs: bigint, utcOffsetMinutes: (unixMs: number) => number) {
    const ns = BigInt.asUintN(64, ((clockOffsetNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
    this.#offsetNs = Number(ns);
    this.#offsetSeconds = Number((clockOffsetNs - ns) / 1_000_000_000n);
    this.#utcOffsetMinutes = utcOffsetMinutes;
  }

  /** Local time of day, `12:01:02.123`. */
  timeOfDay(timeNs: number): string {
    // Busy programs speak many times in a millisecond.
    const sinceNs = timeNs - this.#localFromNs;
    if (sinceNs >= 0 && sinceNs < 1e6) return this.#localText;
    const { seconds, ns } = this.#split(timeNs);
    const ms = Math.floor(ns / 1e6);
    if (seconds !== this.#localSecond) {
      this.#localSecond = seconds;
      this.#localSecondText = this.#formatLocalSecond(seconds);
    }
    this.#localFromNs = timeNs - (ns - ms * 1e6);
    this.#localText = `${this.#localSecondText}.${String(ms).padStart(3, '0')}`;
    return this.#localText;
  }

  /** RFC 3339 in UTC with nine digits, `2026-02-03T12:01:02.123456789Z`; exact. */
  timestamp(timeNs: number): string {
    if (timeNs === this.#utcNs) return this.#utcText;
    if (timeNs === this.#olderUtcNs) return this.#olderUtcText;
    this.#olderUtcNs = this.#utcNs;
    this.#olderUtcText = this.#utcText;
    this.#utcNs = timeNs;
    this.#utcText = this.#formatTimestamp(timeNs);
    return this.#utcText;
  }

  #formatTimestamp(timeNs: number): string {
    const { seconds, ns } = this.#split(timeNs);
    if (seconds !== this.#utcSecond) {
      this.#utcSecond = seconds;
      this.#utcSecondText = new Date(seconds * 1000).toISOString().slice(0, 19);
    }
    return `${this.#utcSecondText}.${String(ns).padStart(9, '0')}Z`;
  }

  #formatLocalSecond(seconds: number): string {
    const localMs = seconds * 1000 + this.#utcOffsetMinutes(seconds * 1000) * 60_000;
    return new Date(localMs).toISOString().slice(11, 19);
  }

  /** Nanoseconds since 1970 do not fit a double; seconds and the rest do. */
  #split(timeNs: number): { readonly seconds: number; readonly ns: number } {
    const whole = Math.floor(timeNs / billion);
    // The division rounds: the remainder may fall one second to either side.
    let ns = timeNs - whole * billion + this.#offsetNs;
    let seconds = whole + this.#offsetSeconds;
    while (ns < 0) {
      ns += billion;
      seconds -= 1;
    }
    while (ns >= billion) {
      ns -= billion;
      seconds += 1;
    }
    return { seconds, ns };
  }
}
