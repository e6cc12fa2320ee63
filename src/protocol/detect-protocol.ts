import { findFrameProblem } from './http2/find-frame-problem.ts';
import { frameHeaderBytes, readFrameHeader } from './http2/frame-header.ts';
import { definedFlags, frameType } from './http2/frame-type.ts';
import { judgeStart } from './http1/judge-start.ts';

/** `none`: neither; `more`: the bytes, fewer than `decidingBytes`, fit the beginning of one of them. */
export type Detected = 'http/1' | 'h2' | 'none' | 'more';

/** As many bytes as the longest beginning that must be seen whole: the preface of HTTP/2. */
export const decidingBytes = 24;

/**
 * Tells a protocol by the first bytes of a direction. `isInside`: the true beginning was not seen, so that HTTP/2 is
 * known by its frames only.
 */
export function detectProtocol(bytes: Uint8Array, isInside: boolean): Detected {
  const http2 = isInside
    ? matchFrames(bytes)
    : either(matchText(bytes, 0, http2Preface), matchSettings(bytes));
  if (http2 === 'whole') return 'h2';
  // The preface is made to look like a request (RFC 9113 §3.4), so it must be ruled out first.
  const http1 = http2 === 'part' ? 'part' : isInside ? matchStart(bytes) : matchHttp1(bytes);
  if (http1 === 'whole') return 'http/1';
  return http1 === 'part' && bytes.length < decidingBytes ? 'more' : 'none';
}

type Match = 'whole' | 'part' | 'none';

function either(a: Match, b: Match): Match {
  if (a === 'whole' || b === 'whole') return 'whole';
  return a === 'part' ? a : b;
}

/** RFC 9113 §3.4: the server's preface is a SETTINGS frame, which is no acknowledgement. */
function matchSettings(bytes: Uint8Array): Match {
  // Length below 16 kB; type; no flags; stream 0.
  const fits = [
    (b: number) => b === 0,
    (b: number) => b < 0x40,
    isAny,
    isSettings,
    isZero,
    isZero,
    isZero,
    isZero,
    isZero,
  ];
  const known = Math.min(bytes.length, frameHeaderBytes);
  for (let i = 0; i < known; i += 1) if (!fits[i]!(bytes[i]!)) return 'none';
  if (known < frameHeaderBytes) return 'part';
  return readFrameHeader(bytes, 0).lengthBytes % 6 === 0 ? 'whole' : 'none';
}

function isAny(): boolean {
  return true;
}

function isZero(byte: number): boolean {
  return byte === 0;
}

function isSettings(byte: number): boolean {
  return byte === frameType.settings;
}

/**
 * A piece that begins with a frame of HTTP/2 which is followed by another, or ends the piece: implementations hand
 * frames to TLS whole. 24 bits of length that fit, and the rules of the frame's type, are no coincidence.
 */
function matchFrames(bytes: Uint8Array): Match {
  if (matchText(bytes, 0, http2Preface) === 'whole') return 'whole';
  if (!hasFrame(bytes, 0)) return 'none';
  const next = frameHeaderBytes + readFrameHeader(bytes, 0).lengthBytes;
  return next === bytes.length || hasFrame(bytes, next) ? 'whole' : 'none';
}

function hasFrame(bytes: Uint8Array, at: number): boolean {
  if (bytes.length < at + frameHeaderBytes) return false;
  const header = readFrameHeader(bytes, at);
  if (header.reservedBit || header.type > frameType.continuation || header.lengthBytes > maxFrameBytes)
    return false;
  if ((header.flags & ~definedFlags(header.type)) !== 0) return false;
  const openBlock = header.type === frameType.continuation ? header.stream : null;
  return findFrameProblem(header, { openBlock, maxFrameBytes }) === undefined;
}

/** A head in the middle of a stream must be whole, or at least longer than the piece, to be believed. */
function matchStart(bytes: Uint8Array): Match {
  const verdict = judgeStart(bytes, 0, null);
  if (verdict === 'more') return bytes.length < decidingBytes ? 'part' : 'whole';
  return verdict === 'start' ? 'whole' : 'none';
}

/** A status line; or a method, a space, and what a target can begin with (RFC 9112 §3.2). */
function matchHttp1(bytes: Uint8Array): Match {
  let at = 0;
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at += 1;
  const version = matchText(bytes, at, 'HTTP/1.');
  if (version !== 'none') return version;
  const methodAt = at;
  while (isMethodByte(bytes[at])) at += 1;
  const methodLength = at - methodAt;
  if (at === bytes.length) return 'part';
  if (methodLength === 0 || bytes[at] !== 0x20) return 'none';
  while (bytes[at] === 0x20) at += 1;
  const first = bytes[at];
  if (first === undefined) return 'part';
  if (first === 0x2f || first === 0x2a) return 'whole';
  const isConnect = methodLength === connect.length && matchText(bytes, methodAt, connect) === 'whole';
  return isConnect ? 'whole' : matchText(bytes, at, 'http');
}

function matchText(bytes: Uint8Array, at: number, text: string): Match {
  for (let i = 0; i < text.length; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) return 'part';
    if (byte !== text.charCodeAt(i)) return 'none';
  }
  return 'whole';
}

/** Letters, `-` and `_`: what methods are made of, registered or not. */
function isMethodByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || byte === 0x2d || byte === 0x5f;
}

const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const connect = 'CONNECT';
/** RFC 9113 §4.2, the smallest maximum; larger frames must be agreed on and are rare. */
const maxFrameBytes = 16_384;
