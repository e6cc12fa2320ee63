import type { Exchange } from '../protocol/exchange.ts';
import type { WallClock } from '../util/wall-clock.ts';
import { jsonMessage } from './json-message.ts';

/** Fields of an `exchange` line, after `type` and `time`. */
export function jsonExchange(exchange: Exchange, clock: WallClock): string {
  const { connection, informational } = exchange;
  const { pid, comm, exe } = connection;
  return (
    `"id":${exchange.id},"connection":${connection.id},"protocol":"${exchange.protocol}",` +
    `"stream":${exchange.stream},"process":${JSON.stringify({ pid, comm, exe })},` +
    `"request":${jsonMessage(exchange.request, true, clock)},` +
    `"response":${jsonMessage(exchange.response, false, clock)},` +
    `"informational":[${informational.map((message) => jsonMessage(message, false, clock)).join(',')}],` +
    `"startedTime":"${clock.timestamp(exchange.startedTimeNs)}","durationNs":${exchange.durationNs},` +
    `"gaps":${exchange.gaps},"joinedLate":${exchange.joinedLate}`
  );
}
