import type { Side } from '../exchange-record.ts';
import { judgeStart } from './judge-start.ts';

/** Where a message begins, or may begin: `more` when the bytes from there on are too few to tell. */
export interface FoundStart {
  readonly at: number;
  readonly verdict: 'start' | 'more';
}

/**
 * Looks for the beginning of a message in a stream whose framing was lost: requests at the start of a line, responses
 * anywhere, since what comes before one is often a body that does not end with a line feed. `atLineStart` tells of
 * `from`. Undefined when there is none.
 */
export function findStart(
  bytes: Uint8Array,
  from: number,
  atLineStart: boolean,
  kind: Side | null,
): FoundStart | undefined {
  let isLineStart = atLineStart;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const mayRequest = isLineStart && kind !== 'response' && byte >= 0x41 && byte <= 0x5a;
    const mayRespond = byte === 0x48 && kind !== 'request';
    if (mayRequest || mayRespond) {
      const asked = mayRequest && mayRespond ? null : mayRequest ? 'request' : 'response';
      const verdict = judgeStart(bytes, at, asked);
      if (verdict !== 'no') return { at, verdict };
    }
    isLineStart = byte === 0x0a;
  }
  return undefined;
}
