import type { FrameHeader } from './frame-header.ts';

/** What a `FrameReader` finds in one direction of a connection. Views of bytes are valid only during the call. */
export interface FrameHandler {
  /** The client's connection preface (RFC 9113 §3.4). */
  preface(timeNs: number): void;
  /**
   * A whole frame other than DATA. `payload` is shorter than the frame where that is longer than what is kept of its
   * type. `startTimeNs` is when its first byte was seen.
   */
  frame(header: FrameHeader, payload: Uint8Array, startTimeNs: number, timeNs: number): void;
  /** The next bytes of a DATA frame, without padding. */
  data(header: FrameHeader, bytes: Uint8Array, timeNs: number): void;
  /** Bytes of a DATA frame are missing; null when padding may be among them, or more than this frame was lost. */
  dataGap(header: FrameHeader, lengthBytes: number | null, timeNs: number): void;
  /** The DATA frame is over, whole or not. */
  dataEnd(header: FrameHeader, timeNs: number): void;
  /** Part of the payload of a frame other than DATA was lost; the frames after it are in step. */
  damaged(header: FrameHeader, startTimeNs: number, timeNs: number): void;
  /** From here to the next frame, any number of frames may have been lost. */
  outOfStep(timeNs: number): void;
  /** Asked while out of step: would DATA of this stream make sense in this direction now? */
  mayCarryData(stream: number): boolean;
  /** Bytes that belong to no frame; `offset` in the direction's stream, counted from the first byte of the reader. */
  unrecognised(bytes: Uint8Array, offset: number, timeNs: number): void;
}
