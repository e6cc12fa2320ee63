import type { Body, Exchange, HttpMessage } from '../protocol/exchange.ts';
import type { WallClock } from '../util/wall-clock.ts';
import { incompleteTailLength } from '../util/utf8-edges.ts';
import { jsonBytes } from './json-bytes.ts';

/** Fields of a `request` or `response` line, after `type` and `time`: known when the head is complete. */
export function jsonHead(exchange: Exchange, message: HttpMessage, isRequest: boolean): string {
  return (
    `"connection":${exchange.connection.id},"exchange":${exchange.id},` +
    `"protocol":"${message.protocol}","stream":${exchange.stream},"direction":"${message.direction}",` +
    jsonHeadFields(message, isRequest)
  );
}

/** A message in an `exchange` line: its head, and what is known at its end. */
export function jsonMessage(message: HttpMessage | null, isRequest: boolean, clock: WallClock): string {
  if (message === null) return 'null';
  const { endTimeNs } = message;
  return (
    `{"direction":"${message.direction}",${jsonHeadFields(message, isRequest)},` +
    `"body":${jsonBody(message.body, message.cut !== null)},"trailers":${JSON.stringify(message.trailers)},` +
    `"startedTime":"${clock.timestamp(message.startTimeNs)}",` +
    `"endedTime":${endTimeNs === null ? 'null' : `"${clock.timestamp(endTimeNs)}"`},` +
    `"cut":${JSON.stringify(message.cut)}}`
  );
}

function jsonHeadFields(message: HttpMessage, isRequest: boolean): string {
  const start = isRequest
    ? `"method":${JSON.stringify(message.method)},"url":${JSON.stringify(message.url)}`
    : `"status":${message.status},"reasonPhrase":${JSON.stringify(message.reasonPhrase)}`;
  return `${start},"headers":${JSON.stringify(message.headers)}`;
}

function jsonBody(body: Body, isCut: boolean): string {
  const { bytes, lengthBytes, problem } = body.decoded();
  // Where only the beginning is there anyway, half a character at its end must not make text unreadable.
  const isPart = isCut || body.truncated || lengthBytes === null;
  const shown = isPart ? bytes.subarray(0, bytes.length - incompleteTailLength(bytes)) : bytes;
  const gaps = body.gaps.map(({ offset, lengthBytes: length }) => ({ offset, length }));
  return (
    `{${jsonBytes(shown)},"length":${lengthBytes},"wireLength":${body.wireLengthBytes},` +
    `"encoding":${JSON.stringify(body.encoding)},"truncated":${body.truncated},` +
    `"gaps":${JSON.stringify(gaps)},"problem":${JSON.stringify(problem)}}`
  );
}
