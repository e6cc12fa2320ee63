import { readHeaderFragment } from './read-header-fragment.ts';
import type { FrameHeader } from './frame-header.ts';
import { definedFlags, findFrameName, frameFlag, frameType } from './frame-type.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { readUint32 } from './read-uint32.ts';

/** How strongly a frame speaks for its own reality, where nothing is known about what is before it. */
export class FrameEvidence {
  readonly #mayCarryData: (stream: number) => boolean;
  /** Made when it is needed: most connections are never out of step. */
  #hpack: HpackDecoder | null = null;

  /** `mayCarryData`: DATA of that stream would make sense here, by all that is known of the connection. */
  constructor(mayCarryData: (stream: number) => boolean) {
    this.#mayCarryData = mayCarryData;
  }

  /** By its header alone. 0: it is no frame. 1: it could be one. */
  weighHeader(header: FrameHeader, maxDataBytes: number): 0 | 1 {
    const isSound =
      !header.reservedBit &&
      findFrameName(header.type) !== undefined &&
      (header.flags & ~definedFlags(header.type)) === 0;
    if (!isSound) return 0;
    if (header.type !== frameType.data) return header.lengthBytes <= maxOtherBytes ? 1 : 0;
    // Of DATA there is only the header to judge by, and what follows zeros often looks like one without content.
    const isUseful = header.lengthBytes > 0 || (header.flags & frameFlag.endStream) !== 0;
    return isUseful && header.lengthBytes <= maxDataBytes && this.#mayCarryData(header.stream) ? 1 : 0;
  }

  /**
   * By all of it, where the header is credible. 0: it is no frame. 1: it could be one. 2: a control frame of sound
   * content, or a header block of nothing but sound names. 3: a header block that begins like a request or a response.
   */
  weighPayload(header: FrameHeader, payload: Uint8Array): 0 | 1 | 2 | 3 {
    switch (header.type) {
      case frameType.headers:
        return this.#weighHeaders(header, payload);
      case frameType.priority:
      case frameType.ping:
        return 2;
      case frameType.rstStream:
        return readUint32(payload, 0) <= lastErrorCode ? 2 : 0;
      case frameType.goaway:
        return readUint32(payload, 4) <= lastErrorCode ? 2 : 0;
      case frameType.windowUpdate:
        return readUint32(payload, 0) > 0 && readUint32(payload, 0) < 2 ** 31 ? 2 : 0;
      case frameType.settings:
        return areSettingsSound(payload) ? 2 : 0;
      default:
        return 1;
    }
  }

  #weighHeaders(header: FrameHeader, payload: Uint8Array): 0 | 1 | 2 | 3 {
    const fragment = readHeaderFragment(header, payload);
    if (fragment === null) return 0;
    // A part is enough, and keeps the search cheap whatever the bytes.
    const part = fragment.subarray(0, judgedBytes);
    const isWhole = part.length === fragment.length && (header.flags & frameFlag.endHeaders) !== 0;
    this.#hpack ??= new HpackDecoder({ joinedLate: true });
    this.#hpack.forget();
    const { headers, problem } = this.#hpack.decode(part);
    if (problem !== null && isWhole) return 0;
    const names = headers.map(([name]) => name);
    if (!names.every((name) => name === null || soundName.test(name))) return 0;
    const first = names[0] ?? null;
    if (first !== null && pseudoNames.has(first)) return 3;
    return names.length > 0 && !names.includes(null) ? 2 : 1;
  }
}

/** RFC 9113 §6.5.2; from 0x0a0a on every 0x1010th is sent by some clients to keep servers tolerant. */
function areSettingsSound(payload: Uint8Array): boolean {
  for (let at = 0; at < payload.length; at += 6) {
    const id = (payload[at]! << 8) | payload[at + 1]!;
    if ((id === 0 || id > lastSetting) && (id & 0x0f0f) !== 0x0a0a) return false;
  }
  return true;
}

const pseudoNames: ReadonlySet<string> = new Set([
  ':method',
  ':scheme',
  ':authority',
  ':path',
  ':status',
  ':protocol',
]);
/** Lower-case tokens (RFC 9113 §8.2.1). */
const soundName = /^:?[-a-z0-9!#$%&'*+.^_`|~]+$/;
const lastErrorCode = 0xd;
const lastSetting = 0x9;
/** Senders keep to this with all other frames, whatever is allowed. */
const maxOtherBytes = 16 << 10;
const judgedBytes = 512;
