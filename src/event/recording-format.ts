import type { ProbedFile } from './decode-record.ts';
import type { CaptureEvent, CloseEvent, DataEvent, OpenEvent, PacketEvent, SecretEvent } from './event.ts';

/**
 * A recording holds every input of the pure part, so that `replay` gives the same output:
 *
 * | part | bytes |
 * |---|---|
 * | magic | `tlstap recording\n` |
 * | frames | u32 length of the payload, u8 kind, payload; little-endian |
 *
 * The first frame is the header. Kernel records are kept as they came from the ring, facts as JSON.
 */
export const recordingMagic = 'tlstap recording\n';
export const frameHeaderBytes = 5;
export const frameKind = { header: 1, record: 2, fact: 3 } as const;

/** Increased when an older tlstap could not read it any more: 2 has files that were probed during the run. */
export const recordingFormat = 2;

/** What the pure part is told besides the kernel's own records. */
export type Fact = Exclude<CaptureEvent, OpenEvent | DataEvent | CloseEvent | SecretEvent | PacketEvent>;

export interface RecordingHeader {
  readonly format: number;
  /** Version of the tlstap that wrote it. */
  readonly version: string;
  readonly kernel: string;
  /** As `uname -m` tells it. */
  readonly machine?: string;
  /** Whether packets of all interfaces were asked for (`-i any`). */
  readonly anyInterface?: boolean;
  /** Wall clock minus monotonic clock in nanoseconds, as a decimal string: it exceeds 2^53. */
  readonly clockOffsetNs: string;
  readonly startedTimeNs: number;
  /** IANA name of the zone that times are shown in. */
  readonly timeZone: string;
  /** What a record's `profile` number stands for, in order; `file` facts add to it. */
  readonly files: readonly ProbedFile[];
  /** What was asked for, as the `start` line of `--json` shows it. */
  readonly targets: readonly {
    readonly family: string;
    readonly path: string;
    readonly pids: readonly number[];
  }[];
  /** Exchanges after which the capture stopped by itself, or null. */
  readonly count: number | null;
  /** The probe plans, for a reader of a bug report. */
  readonly plans: readonly unknown[];
}
