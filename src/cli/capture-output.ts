import type { CaptureEvent } from '../event/event.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { StreamEvent } from '../stream/stream-event.ts';
import type { Totals } from '../sink/totals.ts';

/**
 * One output of a run. It may take the events of the capture as they are, in their order (a key log, packets), or what
 * streams and protocols make of them (text, JSON; every `Sink` is one), or both. It must not block and must not keep the
 * bytes of an event.
 */
export interface CaptureOutput {
  handle?(event: CaptureEvent): void;
  write?(event: ProtocolEvent): void;
  /** All that the kernel has for now was handed in. */
  flush?(): void;
  /** What streams are made of, whether or not protocols are parsed (packets of decrypted text). */
  stream?(event: StreamEvent): void;
  /** Once, after the last event. */
  end(totals: Totals): void;
}
