import type { Exchange, HttpMessage } from './exchange.ts';
import type { Emit } from './protocol-event.ts';

/** Reads the units that a body is made of, while it arrives. Never throws, whatever the bytes. */
export interface BodyUnits {
  /** Of the `message` events it emits. */
  readonly protocol: string;
  /** The next bytes, transfer coding removed; valid only during the call. */
  push(bytes: Uint8Array, timeNs: number): void;
  /** Bytes are missing here; null when nobody knows how many. */
  gap(lengthBytes: number | null, timeNs: number): void;
  /** Nothing more comes; `cut` says why, if the body is not complete. */
  end(timeNs: number, cut: string | null): void;
}

/** The reader for a body by the headers of its message, or null where the body is one piece of content. */
export function createBodyUnits(_exchange: Exchange, _message: HttpMessage, _emit: Emit): BodyUnits | null {
  return null;
}
