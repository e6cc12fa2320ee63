import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import type { Utf8String } from '../util/utf8-string.ts';
import type { WallClock } from '../util/wall-clock.ts';
import type { JsonHeads } from './json-heads.ts';
import { jsonMessage } from './json-message.ts';
import { safeJsonString } from './safe-json.ts';

/** Fields of an `exchange` line, after `type` and `time`. */
export function jsonExchange(exchange: Exchange, heads: JsonHeads, clock: WallClock): Utf8String {
  const { connection, request, response, informational } = exchange;
  const { pid, comm, exe } = connection;
  const message = (of: HttpMessage, isRequest: boolean): Utf8String =>
    jsonMessage(of, heads.find(of, isRequest), clock);
  return (
    `"id":${exchange.id},"connection":${connection.id},"protocol":"${exchange.protocol}",` +
    `"stream":${exchange.stream},"process":{"pid":${pid},"comm":${safeJsonString(comm)},"exe":${safeJsonString(exe)}},` +
    `"request":${request === null ? 'null' : message(request, true)},` +
    `"response":${response === null ? 'null' : message(response, false)},` +
    `"informational":[${informational.map((of) => message(of, false)).join(',')}],` +
    `"startedTime":"${clock.timestamp(exchange.startedTimeNs)}","durationNs":${exchange.durationNs},` +
    `"gaps":${exchange.gaps},"joinedLate":${exchange.joinedLate}`
  );
}
