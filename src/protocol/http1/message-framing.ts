import type { Http1Head } from './parse-head.ts';

/** Where a message ends. */
export type Framing =
  | { readonly type: 'none' }
  | { readonly type: 'sized'; readonly lengthBytes: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' }
  /** No HTTP any more after this head, in either direction: 101, or a CONNECT that was accepted. */
  | { readonly type: 'tunnel' }
  | { readonly type: 'unknown'; readonly reason: string };

/** The rules of RFC 9112 §6.3 in their order. For responses, `requestMethod` is the method they answer, null if unknown. */
export function messageFraming(head: Http1Head, requestMethod: string | null): Framing {
  const { declared, status } = head;
  if (status !== null) {
    if (status === 101) return tunnel;
    if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
    if (requestMethod === 'CONNECT' && status < 300) return tunnel;
  }
  if (declared.type === 'nothing') return status === null ? none : untilClose;
  if (declared.type === 'unchunked') return status === null ? unchunkedRequest : untilClose;
  return declared.type === 'sized' && declared.lengthBytes === 0 ? none : declared;
}

const none: Framing = { type: 'none' };
const tunnel: Framing = { type: 'tunnel' };
const untilClose: Framing = { type: 'until-close' };
const unchunkedRequest: Framing = { type: 'unknown', reason: 'transfer coding without chunked' };
