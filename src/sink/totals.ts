import type { Counters } from '../event/event.ts';
import type { PacketTotals } from './packet-totals.ts';

/** What one TLS family contributed. */
export interface FamilyTotals {
  readonly connections: number;
  readonly exchanges: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly gaps: number;
  readonly lostBytes: number;
}

/** What the run amounted to; the `end` line of `--json` and the summary on stderr are made of it. */
export interface Totals {
  readonly durationNs: number;
  readonly processes: number;
  readonly connections: number;
  readonly exchanges: number;
  /** As they came: the two ends of a connection give the same ones. */
  readonly secrets: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly gaps: number;
  /** Known to be missing; gaps of unknown length are counted in `gaps` only. */
  readonly lostBytes: number;
  /** Those of them that no gap stands for, since every event that could have said where they belong was lost too. */
  readonly unplacedBytes: number;
  readonly joinedLateConnections: number;
  /** Gaps per reason, and the ids of the connections they were on (at most 10). */
  readonly gapReasons: Readonly<
    Record<
      string,
      { readonly gaps: number; readonly lostBytes: number; readonly connections: readonly number[] }
    >
  >;
  /** By family as in `--json`: `gotls`. */
  readonly families: Readonly<Record<string, FamilyTotals>>;
  /** Captured but not delivered to the reader of the output. */
  readonly undeliveredBytes: number;
  readonly counters: Counters;
  /** Where packets were captured. */
  readonly packets?: PacketTotals;
}
