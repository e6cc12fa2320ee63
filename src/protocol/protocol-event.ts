import type { Direction } from '../event/event.ts';
import type {
  Connection,
  StreamClose,
  StreamData,
  StreamGap,
  StreamOpen,
  StreamSecret,
  StreamTick,
} from '../stream/stream-event.ts';
import type { Exchange, HttpMessage } from './exchange.ts';

/**
 * What sinks are given. `open`, `gap`, `close`, `secret` and `tick` pass through from the streams; `data` only where nothing was
 * recognised (or with `--raw`, always). For every exchange, in this order: `request` and `response` when a head is
 * complete (either may be missing), `body` for each piece of body, `message-end` when a side is complete or cut,
 * `exchange` once when both sides are done or the connection ended. An interim (1xx) response has a `response` and a
 * `message-end` of its own; its message is in `exchange.informational`, not in `exchange.response`.
 */
export type ProtocolEvent =
  | StreamOpen
  | StreamData
  | StreamGap
  | StreamClose
  | StreamSecret
  | StreamTick
  | ExchangeHead
  | BodyPiece
  | MessageEnd
  | ExchangeEnd
  | ControlFrame
  | UnitMessage;

export interface ExchangeHead {
  readonly type: 'request' | 'response';
  readonly timeNs: number;
  readonly exchange: Exchange;
  readonly message: HttpMessage;
}

/** A piece of body as it arrived, transfer coding removed, content coding not; `bytes` valid only during the call. */
export interface BodyPiece {
  readonly type: 'body';
  readonly timeNs: number;
  readonly exchange: Exchange;
  readonly message: HttpMessage;
  readonly bytes: Uint8Array;
}

export interface MessageEnd {
  readonly type: 'message-end';
  readonly timeNs: number;
  readonly exchange: Exchange;
  readonly message: HttpMessage;
}

export interface ExchangeEnd {
  readonly type: 'exchange';
  readonly timeNs: number;
  readonly exchange: Exchange;
}

/** A unit of the protocol's own housekeeping (HTTP/2 SETTINGS, WINDOW_UPDATE, GOAWAY …), shown with `-v`. */
export interface ControlFrame {
  readonly type: 'control';
  readonly timeNs: number;
  readonly connection: Connection;
  readonly direction: Direction;
  /** E.g. `SETTINGS MAX_CONCURRENT_STREAMS=250 INITIAL_WINDOW_SIZE=1048576`. */
  readonly text: string;
}

/**
 * One unit of what is not request and response: a WebSocket message, a server-sent event, a gRPC message, a line or a
 * packet of another protocol. Units of a body come besides its `body` pieces.
 */
export interface UnitMessage {
  readonly type: 'message';
  readonly timeNs: number;
  readonly connection: Connection;
  readonly direction: Direction;
  /** The exchange that carries it, or that opened its stream; null for protocols of their own. */
  readonly exchange: Exchange | null;
  /** `websocket`, `sse`, `grpc`, `redis`, `smtp` … */
  readonly protocol: string;
  /** What it is within its protocol: `text`, `binary`, `ping`, `close`, `event`, `message`, `line`, `query` … */
  readonly kind: string;
  /** What it says, content coding removed; its beginning where `cut` says so. Valid only during the call. */
  readonly bytes: Uint8Array;
  /** Known to be text in UTF-8. */
  readonly isText: boolean;
  /** Length of the whole content, null where that is not known. */
  readonly lengthBytes: number | null;
  /** Bytes it took on the wire, where that differs (compressed); else null. */
  readonly wireLengthBytes: number | null;
  /** Details in their order: `id` and `event` of a server-sent event, `code` of a close frame, `path` of a call. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Says in text what binary `bytes` mean, where their encoding is known (protobuf); null where `bytes` say it themselves. */
  readonly describe: (() => string) | null;
  /** Why it is not whole: `lost bytes`, `longer than 16 MiB`, `connection ended` …; null otherwise. */
  readonly cut: string | null;
}

export type Emit = (event: ProtocolEvent) => void;
