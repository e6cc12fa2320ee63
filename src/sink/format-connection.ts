import type { StreamClose, StreamOpen } from '../stream/stream-event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatSize } from '../util/format-size.ts';
import { formatGap } from './format-gap.ts';
import { formatEndpoint } from './format-endpoint.ts';
import type { TextStyle } from './text-style.ts';

/** `open  server  gotls  local 10.0.0.1:443  fd 7  thread 815  /usr/bin/caddy`, for `-v`. */
export function formatOpen(event: StreamOpen, style: TextStyle): string {
  const { connection } = event;
  const facts = [
    'open',
    connection.role ?? 'role unknown',
    connection.family,
    `local ${formatEndpoint(connection.local)}`,
    connection.fd === null ? 'fd unknown' : `fd ${connection.fd}`,
    `thread ${connection.tid}`,
    connection.exe,
  ];
  if (connection.identityNote !== '') facts.push(`addresses unknown: ${connection.identityNote}`);
  const late = connection.joinedLate ? `  ${style.paint.yellow(joinedLate)}` : '';
  return `${style.paint.dim(escapeLine(facts.join('  '), style.unicode))}${late}\n`;
}

/** `closed after 2.3 s  412 B read  1.2 kB written`, for `-v`. */
export function formatClose(event: StreamClose, style: TextStyle): string {
  const { connection, cause } = event;
  const facts = [
    `${causes[cause]} after ${formatDuration(event.timeNs - connection.openedTimeNs)}`,
    `${formatSize(connection.readBytes)} read`,
    `${formatSize(connection.writtenBytes)} written`,
  ];
  const line = style.paint.dim(facts.join('  '));
  if (connection.gaps === 0) return `${line}\n`;
  return `${line}  ${formatGap(connection.lostBytes, null, style).replace(' here', '')}\n`;
}

const joinedLate = 'joined late: what was said before is unknown';

const causes = {
  close: 'closed',
  exit: 'process ended',
  reused: 'replaced by another connection',
  end: 'still open at the end of the capture,',
} as const;
