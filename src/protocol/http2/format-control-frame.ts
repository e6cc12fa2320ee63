import { errorCodeName } from './error-code-name.ts';
import type { FrameHeader } from './frame-header.ts';
import { definedFlags, findFrameName, frameFlag, frameType } from './frame-type.ts';

/**
 * One line for a frame, e.g. `SETTINGS MAX_CONCURRENT_STREAMS=250`, `RST_STREAM stream=5 CANCEL`. Of frames that carry
 * messages only what is unusual about them is said. `payload` may be shorter than the frame.
 */
export function formatControlFrame(header: FrameHeader, payload: Uint8Array): string {
  const name = findFrameName(header.type);
  if (name === undefined) {
    return `unknown frame type=${hex(header.type)} flags=${hex(header.flags)} stream=${header.stream} length=${header.lengthBytes}`;
  }
  const parts = [name];
  if (header.stream !== 0) parts.push(`stream=${header.stream}`);
  const isAcknowledged = header.type === frameType.settings || header.type === frameType.ping;
  if (isAcknowledged && (header.flags & frameFlag.ack) !== 0) parts.push('ACK');
  parts.push(...describePayload(header.type, payload));
  const undefinedFlags = header.flags & ~definedFlags(header.type);
  if (undefinedFlags !== 0) parts.push(`undefined-flags=${hex(undefinedFlags)}`);
  return parts.join(' ');
}

function describePayload(type: number, payload: Uint8Array): readonly string[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  switch (type) {
    case frameType.settings:
      return describeSettings(bytes);
    case frameType.windowUpdate:
      return [`increment=${bytes.readUInt32BE(0) & 0x7fff_ffff}`];
    case frameType.rstStream:
      return [errorCodeName(bytes.readUInt32BE(0))];
    case frameType.priority:
      return describePriority(bytes);
    case frameType.ping:
      return [`0x${bytes.toString('hex')}`];
    case frameType.goaway:
      return [
        `last-stream=${bytes.readUInt32BE(0) & 0x7fff_ffff}`,
        errorCodeName(bytes.readUInt32BE(4)),
        ...quote(bytes.subarray(8)),
      ];
    case frameType.altsvc:
      return quote(bytes.subarray(2));
    case frameType.origin:
      return quote(bytes);
    case frameType.priorityUpdate:
      return bytes.length < 4
        ? []
        : [`prioritized=${bytes.readUInt32BE(0) & 0x7fff_ffff}`, ...quote(bytes.subarray(4))];
    default:
      return [];
  }
}

function describeSettings(bytes: Buffer): readonly string[] {
  const settings: string[] = [];
  for (let at = 0; at + 6 <= bytes.length; at += 6) {
    if (settings.length === maxSettings) return [...settings, `and ${(bytes.length - at) / 6} more`];
    const id = bytes.readUInt16BE(at);
    settings.push(`${settingNames.get(id) ?? hex(id)}=${bytes.readUInt32BE(at + 2)}`);
  }
  return settings;
}

function describePriority(bytes: Buffer): readonly string[] {
  const dependency = bytes.readUInt32BE(0);
  const parts = [`depends-on=${dependency & 0x7fff_ffff}`, `weight=${bytes[4]! + 1}`];
  return dependency >= 2 ** 31 ? [...parts, 'exclusive'] : parts;
}

/** JSON quotes whatever could confuse a terminal. */
function quote(bytes: Buffer): readonly string[] {
  if (bytes.length === 0) return [];
  const text = JSON.stringify(bytes.subarray(0, maxTextBytes).toString('latin1'));
  return [bytes.length > maxTextBytes ? `${text}…` : text];
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

/** RFC 9113 §6.5.2, RFC 8441 §3, RFC 9218 §2.1. */
const settingNames: ReadonlyMap<number, string> = new Map([
  [0x1, 'HEADER_TABLE_SIZE'],
  [0x2, 'ENABLE_PUSH'],
  [0x3, 'MAX_CONCURRENT_STREAMS'],
  [0x4, 'INITIAL_WINDOW_SIZE'],
  [0x5, 'MAX_FRAME_SIZE'],
  [0x6, 'MAX_HEADER_LIST_SIZE'],
  [0x8, 'ENABLE_CONNECT_PROTOCOL'],
  [0x9, 'NO_RFC7540_PRIORITIES'],
]);
const maxSettings = 32;
const maxTextBytes = 200;
