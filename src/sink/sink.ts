import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Utf8String } from '../util/utf8-string.ts';
import type { Totals } from './totals.ts';

/** An output. It must not block and must not keep `bytes` of an event after `write` returns. */
export interface Sink {
  write(event: ProtocolEvent): void;
  /** Once, after the last event. */
  end(totals: Totals): void;
}

/** Where a sink puts what it formats; returns false when it was dropped because the reader is too slow. */
export type WriteText = (record: Utf8String) => boolean;
