import type { Exchange, HttpMessage } from './exchange.ts';
import { GrpcReader } from './grpc/grpc-reader.ts';
import type { Emit } from './protocol-event.ts';
import { EventReader } from './sse/event-reader.ts';
import type { UnitType } from './unit-type.ts';

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

/** The reader for a body of that type; null where it cannot be read as it comes, because it is compressed as a whole. */
export function createBodyUnits(
  type: UnitType,
  exchange: Exchange,
  message: HttpMessage,
  emit: Emit,
): BodyUnits | null {
  if (message.body.encoding !== null) return null;
  if (type === 'sse') return new EventReader(exchange, message, emit);
  return new GrpcReader(type, exchange, message, emit);
}
