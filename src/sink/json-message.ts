import type { Body, Exchange, HttpMessage } from '../protocol/exchange.ts';
import { incompleteTailLength } from '../util/utf8-edges.ts';
import type { Utf8String } from '../util/utf8-string.ts';
import type { WallClock } from '../util/wall-clock.ts';
import { jsonBytes } from './json-bytes.ts';
import { safeJson, safeJsonString } from './safe-json.ts';

/** Fields of a `request` or `response` line, after `type` and `time`: known when the head is complete. */
export function jsonHead(exchange: Exchange, message: HttpMessage, head: Utf8String): Utf8String {
  return (
    `"connection":${exchange.connection.id},"exchange":${exchange.id},` +
    `"protocol":"${message.protocol}","stream":${exchange.stream},"direction":"${message.direction}",${head}`
  );
}

/** A message in an `exchange` line: its head, and what is known at its end. */
export function jsonMessage(message: HttpMessage, head: Utf8String, clock: WallClock): Utf8String {
  const { endTimeNs, trailers, startTimeNs, cut } = message;
  return (
    `{"direction":"${message.direction}",${head},` +
    `"body":${jsonBody(message.body, cut !== null)},"trailers":${trailers.length === 0 ? '[]' : safeJson(JSON.stringify(trailers))},` +
    `"startedTime":"${clock.timestamp(startTimeNs)}",` +
    `"endedTime":${endTimeNs === null ? 'null' : `"${clock.timestamp(endTimeNs)}"`},` +
    `"cut":${safeJsonString(cut)}}`
  );
}

function jsonBody(body: Body, isCut: boolean): Utf8String {
  const { bytes, lengthBytes, problem } = body.decoded();
  // Where only the beginning is there anyway, half a character at its end must not make text unreadable.
  const isPart = isCut || body.truncated || lengthBytes === null;
  const shown = isPart ? bytes.subarray(0, bytes.length - incompleteTailLength(bytes)) : bytes;
  const text = shown.length === 0 ? '"text":""' : jsonBytes(shown);
  return (
    `{${text},"length":${lengthBytes},"wireLength":${body.wireLengthBytes},` +
    `"encoding":${safeJsonString(body.encoding)},"truncated":${body.truncated},` +
    `"gaps":${jsonGaps(body)},"problem":${safeJsonString(problem)}}`
  );
}

function jsonGaps({ gaps }: Body): string {
  if (gaps.length === 0) return '[]';
  return JSON.stringify(gaps.map(({ offset, lengthBytes }) => ({ offset, length: lengthBytes })));
}
