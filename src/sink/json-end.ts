import type { Utf8String } from '../util/utf8-string.ts';
import { safeJson } from './safe-json.ts';
import type { Totals } from './totals.ts';

/** Fields of the `end` line, after `type` and `time`. */
export function jsonEnd(totals: Totals): Utf8String {
  const { counters, readBytes, writtenBytes } = totals;
  const { events, ringFullEvents, faultEvents, tooLongEvents } = counters;
  const fields = {
    durationNs: totals.durationNs,
    processes: totals.processes,
    connections: totals.connections,
    exchanges: totals.exchanges,
    secrets: totals.secrets,
    bytes: readBytes + writtenBytes,
    readBytes,
    writtenBytes,
    events,
    gaps: totals.gaps,
    lostBytes: totals.lostBytes,
    unplacedBytes: totals.unplacedBytes,
    drops: ringFullEvents + faultEvents + tooLongEvents,
    undeliveredBytes: totals.undeliveredBytes,
    joinedLateConnections: totals.joinedLateConnections,
    gapReasons: totals.gapReasons,
    families: totals.families,
    counters,
    ...(totals.packets && { packets: totals.packets }),
  };
  return safeJson(JSON.stringify(fields)).slice(1, -1);
}
