import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from '../support/crc32.ts';
import { Random } from '../support/random.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { makeInput, type InputSource } from './make-input.ts';

export interface FuzzLimits {
  /** Ends after so many inputs, or so much time, whichever comes first. */
  readonly inputs: number;
  readonly seconds: number;
  /** For one input. */
  readonly inputSeconds: number;
  /** More than when the run began, after a collection. */
  readonly memoryBytes: number;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly seconds: number;
  readonly slowestMs: number;
  readonly mostMemoryBytes: number;
  /** How often each outcome, the most frequent first. */
  readonly outcomes: readonly (readonly [outcome: string, count: number])[];
  readonly failure: FuzzFailure | undefined;
}

export interface FuzzFailure {
  readonly index: number;
  readonly input: Buffer;
  readonly reason: string;
}

/** The inputs of a target: the same ones for the same index, target and corpus. */
export class FuzzInputs {
  readonly #name: number;
  readonly #source: InputSource;

  private constructor(name: string, source: InputSource) {
    this.#name = crc32(Buffer.from(name));
    this.#source = source;
  }

  static async of(target: FuzzTarget): Promise<FuzzInputs> {
    return new FuzzInputs(target.name, {
      corpus: await target.corpus(),
      tokens: (target.tokens ?? []).map((token) => Buffer.from(token as string, 'latin1')),
      mostInputBytes: target.mostInputBytes,
    });
  }

  make(index: number): Buffer {
    return makeInput(new Random((this.#name ^ Math.imul(index, 0x9e37_79b1)) >>> 0), this.#source);
  }
}

/** Tries one input: what became of it, or throws. */
export function checkInput(target: FuzzTarget, input: Buffer): string {
  return target.check(input, new Random(crc32(input)));
}

/** Tries inputs until a limit is reached or one fails. `onInput` is told each index before it is tried. */
export async function fuzz(
  target: FuzzTarget,
  inputs: FuzzInputs,
  limits: FuzzLimits,
  first = 0,
  onInput: (index: number) => void = () => {},
): Promise<FuzzResult> {
  const tally = new Tally(limits);
  for (let index = first; index - first < limits.inputs && !tally.isTimeOver; index++) {
    onInput(index);
    // As often as in a capture; zlib keeps what failed until then.
    if (index % 16 === 0) await turn();
    const input = inputs.make(index);
    // The target may write to what it is given, or keep it.
    const copy = Buffer.from(input);
    const problem = tally.try(() => checkInput(target, copy));
    if (problem !== undefined) return tally.result({ index, input, reason: problem });
  }
  return tally.result(undefined);
}

class Tally {
  readonly #limits: FuzzLimits;
  readonly #started = performance.now();
  readonly #baseBytes = process.memoryUsage.rss();
  readonly #outcomes = new Map<string, number>();
  #inputs = 0;
  #slowestMs = 0;
  #mostBytes = 0;

  constructor(limits: FuzzLimits) {
    this.#limits = limits;
  }

  get isTimeOver(): boolean {
    return performance.now() - this.#started > this.#limits.seconds * 1000;
  }

  /** Why the input failed, if it did. */
  try(check: () => string): string | undefined {
    this.#inputs++;
    const started = performance.now();
    try {
      const outcome = check();
      this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const tookMs = performance.now() - started;
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
    if (tookMs > this.#limits.inputSeconds * 1000) return `it took ${Math.round(tookMs)} ms`;
    // Asking costs more than most inputs.
    return tookMs > 5 || this.#inputs % 256 === 0 ? this.#checkMemory() : undefined;
  }

  result(failure: FuzzFailure | undefined): FuzzResult {
    return {
      inputs: this.#inputs,
      seconds: (performance.now() - this.#started) / 1000,
      slowestMs: this.#slowestMs,
      mostMemoryBytes: this.#mostBytes,
      outcomes: [...this.#outcomes].sort(([, one], [, other]) => other - one),
      failure,
    };
  }

  #checkMemory(): string | undefined {
    const { memoryBytes } = this.#limits;
    if (this.#grownBytes() > memoryBytes) collectGarbage();
    const grownBytes = this.#grownBytes();
    this.#mostBytes = Math.max(this.#mostBytes, grownBytes);
    return grownBytes > memoryBytes
      ? `memory has grown by ${Math.round(grownBytes / 2 ** 20)} MiB`
      : undefined;
  }

  #grownBytes(): number {
    return process.memoryUsage.rss() - this.#baseBytes;
  }
}
