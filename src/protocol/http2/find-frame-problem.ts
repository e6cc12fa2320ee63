import type { FrameHeader } from './frame-header.ts';
import { frameFlag, frameType } from './frame-type.ts';

/** What must hold for a frame to be acceptable where it stands. */
export interface FramePlace {
  /** The stream whose header block has begun and not ended: only its CONTINUATION may follow (RFC 9113 §6.10). */
  readonly openBlock: number | null;
  /** SETTINGS_MAX_FRAME_SIZE as far as it was seen; only asked of types that are not known. */
  readonly maxFrameBytes: number;
}

/**
 * Why a header cannot be that of a frame at this place, or undefined. Every rule is one whose violation an endpoint
 * must answer with an error, so that bytes which break it are not HTTP/2, or not in step with it.
 */
export function findFrameProblem(header: FrameHeader, place: FramePlace): string | undefined {
  const isContinuation = header.type === frameType.continuation;
  if (isContinuation !== (place.openBlock !== null)) return 'CONTINUATION out of place';
  if (isContinuation && header.stream !== place.openBlock) return 'CONTINUATION of another stream';
  const rule = rules.get(header.type);
  if (rule === undefined) {
    return header.lengthBytes > place.maxFrameBytes ? 'unknown frame longer than allowed' : undefined;
  }
  if (rule.stream === 'none' && header.stream !== 0) return 'frame of the connection on a stream';
  if (rule.stream === 'some' && header.stream === 0) return 'frame of a stream without a stream';
  if (!rule.hasLength(header.lengthBytes, header.flags)) return 'frame of impossible length';
  return undefined;
}

interface Rule {
  readonly stream: 'none' | 'some' | 'any';
  readonly hasLength: (lengthBytes: number, flags: number) => boolean;
}

const rules: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [frameType.data, { stream: 'some', hasLength: (length, flags) => length >= paddingField(flags) }],
  [
    frameType.headers,
    {
      stream: 'some',
      hasLength: (length, flags) =>
        length >= paddingField(flags) + ((flags & frameFlag.priority) === 0 ? 0 : 5),
    },
  ],
  [frameType.priority, { stream: 'some', hasLength: (length) => length === 5 }],
  [frameType.rstStream, { stream: 'some', hasLength: (length) => length === 4 }],
  [
    frameType.settings,
    {
      stream: 'none',
      hasLength: (length, flags) =>
        (flags & frameFlag.ack) === 0 ? length % 6 === 0 && length <= maxSettingsBytes : length === 0,
    },
  ],
  [
    frameType.pushPromise,
    { stream: 'some', hasLength: (length, flags) => length >= paddingField(flags) + 4 },
  ],
  [frameType.ping, { stream: 'none', hasLength: (length) => length === 8 }],
  [frameType.goaway, { stream: 'none', hasLength: (length) => length >= 8 }],
  [frameType.windowUpdate, { stream: 'any', hasLength: (length) => length === 4 }],
  [frameType.continuation, { stream: 'some', hasLength: () => true }],
]);

/** Ten thousand settings: far more than there are. */
const maxSettingsBytes = 60_000;

function paddingField(flags: number): number {
  return (flags & frameFlag.padded) === 0 ? 0 : 1;
}
