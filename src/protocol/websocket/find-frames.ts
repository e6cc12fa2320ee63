import { opcode, parseFrameHeader } from './frame-header.ts';

/**
 * Whether a piece of a stream is made of whole WebSocket frames, the last of which may go on after it if others came
 * before. `isMasked` as in `DirectionSettings`: unknown lets either pass, but all alike.
 */
export function findFrames(bytes: Uint8Array, isMasked: boolean | null): boolean {
  let at = 0;
  let frames = 0;
  let mask = isMasked;
  let isInMessage: boolean | null = null;
  while (at < bytes.length) {
    const header = parseFrameHeader(bytes, at);
    if (header === 'wrong') return false;
    if (header === 'more') return frames >= enoughFrames;
    mask ??= header.mask !== null;
    if ((header.mask !== null) !== mask) return false;
    if (header.opcode < opcode.close) {
      const isContinuation = header.opcode === opcode.continuation;
      // A first frame in the middle of a message cannot be judged; later ones can.
      if (isInMessage === null ? isContinuation : isContinuation !== isInMessage) return false;
      isInMessage = !header.isFinal;
    }
    at += header.headerBytes + header.payloadBytes;
    if (at <= bytes.length) frames += 1;
  }
  // Exactly to the end: the length of a single frame that fits is evidence enough, if it has one.
  return frames > 0 && (at === bytes.length || frames >= enoughFrames) && bytes.length > emptyFrameBytes;
}

const enoughFrames = 2;
/** Two bytes say too little. */
const emptyFrameBytes = 2;
