import type { Random } from '../support/random.ts';

/** A parser and what must hold for it, whatever it is given. */
export interface FuzzTarget {
  readonly name: string;
  /** What is fed to it, for the list of parsers. */
  readonly description: string;
  /** Real and made inputs, which are mutated. May take its time: called once. Throws where they cannot be had. */
  readonly corpus: () => readonly Buffer[] | Promise<readonly Buffer[]>;
  /** What its inputs are made of, inserted here and there. */
  readonly tokens?: readonly (string | Buffer)[];
  /** Longer inputs are cut. */
  readonly mostInputBytes: number;
  /**
   * Throws when an invariant is broken. Returns in a word or two what became of the input: a run that only ever refuses
   * shows. `random` depends on the input's bytes alone.
   */
  readonly check: (input: Buffer, random: Random) => string;
}
