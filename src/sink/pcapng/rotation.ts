import { strftime } from '../../util/strftime.ts';

/** When a capture goes on in another file, and how files are called: as tcpdump's -C, -G and -W. */
export interface RotationRules {
  /** -C: a packet that finds the file larger than this begins the next one. */
  readonly sizeBytes?: number;
  /** -G: a packet that comes so long after the file was begun begins the next one; the name is a format for strftime. */
  readonly seconds?: number;
  /**
   * -W: with a size, how many files there are before the first one is written again; with seconds alone, after how many
   * files the capture ends; with both, how wide the numbers are.
   */
  readonly count?: number;
}

/** What to do before a packet is written. `end`: the last file that was asked for is full. */
export type RotationStep = 'stay' | 'next' | 'end';

/** Keeps the books of a rotation. Times are wall clock, in nanoseconds since 1970 (a double is exact enough here). */
export class Rotation {
  readonly #path: string;
  readonly #rules: RotationRules;
  readonly #utcOffsetMinutes: (unixMs: number) => number;
  readonly #digits: number;
  #fileTimeNs: number;
  #timeFiles = 0;
  #number = 0;

  constructor(path: string, rules: RotationRules, clock: RotationClock) {
    this.#path = path;
    this.#rules = rules;
    this.#utcOffsetMinutes = clock.utcOffsetMinutes;
    this.#fileTimeNs = clock.startTimeNs;
    // Enough for the highest number, which is one less than the count; a single file has none.
    this.#digits = rules.count === undefined || rules.count <= 1 ? 0 : String(rules.count - 1).length;
  }

  /** Of the current file. */
  get path(): string {
    const { seconds, sizeBytes } = this.#rules;
    const unixMs = Math.floor(this.#fileTimeNs / 1e6);
    const name =
      seconds === undefined ? this.#path : strftime(this.#path, unixMs, this.#utcOffsetMinutes(unixMs));
    if (sizeBytes === undefined || (this.#number === 0 && this.#digits === 0)) return name;
    return `${name}${String(this.#number).padStart(this.#digits, '0')}`;
  }

  /**
   * @param timeNs of the packet that comes next
   * @param file how long the file is without it, and how much of that it began with
   */
  step(timeNs: number, file: FileLength): RotationStep {
    const { seconds, sizeBytes, count } = this.#rules;
    // Whole seconds are compared, as those of time(2).
    if (seconds !== undefined && Math.floor(timeNs / 1e9) - Math.floor(this.#fileTimeNs / 1e9) >= seconds) {
      this.#timeFiles += 1;
      if (sizeBytes === undefined && count !== undefined && this.#timeFiles >= count) return 'end';
      this.#fileTimeNs = timeNs;
      this.#number = 0;
      return 'next';
    }
    if (sizeBytes === undefined || file.lengthBytes <= sizeBytes) return 'stay';
    // Many secrets at the start of a file must not leave it without packets.
    if (file.lengthBytes - file.headBytes <= sizeBytes / 2) return 'stay';
    this.#number += 1;
    if (count !== undefined && this.#number >= count) this.#number = 0;
    return 'next';
  }
}

export interface FileLength {
  readonly lengthBytes: number;
  readonly headBytes: number;
}

export interface RotationClock {
  /** Minutes east of Greenwich at a moment in milliseconds since 1970. */
  readonly utcOffsetMinutes: (unixMs: number) => number;
  readonly startTimeNs: number;
}
