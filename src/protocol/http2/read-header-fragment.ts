import type { FrameHeader } from './frame-header.ts';
import { frameFlag, frameType } from './frame-type.ts';

/**
 * The field block fragment of a HEADERS, PUSH_PROMISE or CONTINUATION frame: without padding, priority and the
 * promised stream (RFC 9113 §6.2, §6.6, §6.10). `payload` may be cut at its end: of padding then only what is there is
 * removed. Null when the padding is longer than the frame.
 */
export function readHeaderFragment(header: FrameHeader, payload: Uint8Array): Uint8Array | null {
  if (header.type === frameType.continuation) return payload;
  const isPadded = (header.flags & frameFlag.padded) !== 0;
  const paddingBytes = isPadded ? payload[0]! : 0;
  let start = isPadded ? 1 : 0;
  if (header.type === frameType.pushPromise) start += 4;
  else if ((header.flags & frameFlag.priority) !== 0) start += 5;
  const end = header.lengthBytes - paddingBytes;
  return end < start ? null : payload.subarray(start, Math.min(end, payload.length));
}
