import type { Direction } from '../event/event.ts';
import type { Connection } from '../stream/stream-event.ts';

/** A value that is not UTF-8 keeps its bytes; null is a value that cannot be known (HPACK joined late). */
export type HeaderValue = string | { readonly base64: string } | null;

/** In wire order, names as on the wire. `[null, value]` and `[null, null]` occur where HPACK was joined late. */
export type Header = readonly [name: string | null, value: HeaderValue];

export type HttpProtocol = 'http/1.0' | 'http/1.1' | 'h2';

/**
 * The body of a message after transfer coding was removed. It grows while the message arrives; `bytes()` is decoded
 * (content coding removed) as far as it goes, so that a cut gzip body still shows its beginning.
 */
export interface Body {
  /** Bytes on the wire, transfer coding removed, content coding not. Counts what was not kept, too. */
  readonly wireLengthBytes: number;
  /** Content coding that `decoded()` removes (`gzip`, `deflate`, `br`, `zstd`, or several with commas), or null. */
  readonly encoding: string | null;
  /** True when the body was longer than what is kept; `decoded()` is its beginning. */
  readonly truncated: boolean;
  /** Holes inside the body: offset in wire bytes and length. A body with holes is not decoded beyond the first. */
  readonly gaps: readonly { readonly offset: number; readonly lengthBytes: number | null }[];
  /**
   * The content as far as it is known. `problem` says why it ends early or was left encoded, else null.
   * `lengthBytes` is the decoded length of the whole body; null when that is not known (truncated, holes, problem).
   */
  decoded(): {
    readonly bytes: Uint8Array;
    readonly lengthBytes: number | null;
    readonly problem: string | null;
  };
}

/** One side of an exchange. */
export interface HttpMessage {
  readonly direction: Direction;
  readonly protocol: HttpProtocol;
  /** Requests: the method; null for responses and where unknown. */
  readonly method: string | null;
  /** Requests: absolute URL where host is known (`https://host/path`), else the target as sent; null where unknown. */
  readonly url: string | null;
  /** Responses: status code; null for requests and where unknown. */
  readonly status: number | null;
  /** HTTP/1 responses: the reason phrase as sent; else empty. */
  readonly reasonPhrase: string;
  /** Without HTTP/2 pseudo-headers. */
  readonly headers: readonly Header[];
  readonly trailers: readonly Header[];
  readonly body: Body;
  /** Protocol of the `message` events that its body is told in (`sse`, `grpc`); null when it is one piece of content. */
  readonly unitProtocol: string | null;
  readonly startTimeNs: number;
  readonly headTimeNs: number;
  /** When its last byte was seen; null while it is incomplete. */
  readonly endTimeNs: number | null;
  /** Why it will never be complete: `lost bytes`, `connection ended`, `stream reset (CANCEL)` …; null otherwise. */
  readonly cut: string | null;
}

/** Request and response. Either may be missing: not seen, or never sent. */
export interface Exchange {
  /** From 1, over the whole run. */
  readonly id: number;
  readonly connection: Connection;
  readonly protocol: HttpProtocol;
  /** HTTP/2 stream number, else null. */
  readonly stream: number | null;
  readonly request: HttpMessage | null;
  readonly response: HttpMessage | null;
  /** 1xx responses that came before the final one. */
  readonly informational: readonly HttpMessage[];
  readonly startedTimeNs: number;
  /** From the request's first byte to the response's last; null while unknown. */
  readonly durationNs: number | null;
  /** Gaps that touched it. */
  readonly gaps: number;
  /** Its beginning, or part of its head, was sent before the capture saw the connection. */
  readonly joinedLate: boolean;
}
