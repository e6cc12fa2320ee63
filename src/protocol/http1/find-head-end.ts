/** What the last bytes of a head that has not ended were: the end may be split between two calls. */
export type LineState = 'in-line' | 'after-lf' | 'after-lf-cr';

/**
 * Finds the empty line that ends a head (or trailers) in `bytes[from, to)`: the index after it, or the state to go on
 * with. Lines end with CRLF or a bare LF (RFC 9112 §2.2). `state` is what the call before returned: `in-line` inside a
 * start line, `after-lf` at the start of a line.
 */
export function findHeadEnd(
  bytes: Uint8Array,
  from: number,
  to: number,
  state: LineState,
): number | LineState {
  let at = from;
  let isEmpty = state !== 'in-line';
  let hasReturn = state === 'after-lf-cr';
  while (at < to) {
    const byte = bytes[at];
    at += 1;
    if (byte === 0x0a) {
      if (isEmpty) return at;
      isEmpty = true;
      hasReturn = false;
    } else if (isEmpty) {
      if (byte === 0x0d && !hasReturn) hasReturn = true;
      else isEmpty = false;
    }
  }
  if (!isEmpty) return 'in-line';
  return hasReturn ? 'after-lf-cr' : 'after-lf';
}
