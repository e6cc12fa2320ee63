import type { Counters } from '../event/event.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatList } from '../util/format-list.ts';
import { formatPlural } from '../util/format-plural.ts';
import { formatSize } from '../util/format-size.ts';
import { gapReasonText } from './format-gap.ts';
import { formatPacketTotals } from './format-packet-totals.ts';
import type { TextStyle } from './text-style.ts';
import type { Totals } from './totals.ts';

export interface SummaryFormat {
  readonly style: TextStyle;
  /** Size of the ring, for advice; null where there was none (a replay). */
  readonly ringBytes: number | null;
  /** The output could not be written, which was said already. */
  readonly outputFailed?: boolean;
  /** Only what is missing is said. */
  readonly problemsOnly?: boolean;
}

/** What is said at the end: one line of totals, then a line for everything that is missing, with what to do about it. */
export function formatSummary(totals: Totals, format: SummaryFormat): string {
  const problems = findProblems(totals, format);
  if (format.problemsOnly && problems.length === 0) return '';
  const { packets } = totals;
  // Without text, connections are not told of where packets are captured.
  const said = packets !== undefined && totals.connections === 0 ? [] : [formatTotals(totals)];
  if (packets !== undefined) said.push(formatPacketTotals(packets));
  const lines = [`  ${formatDuration(totals.durationNs)}: ${said.join('\n    ')}`];
  const { paint } = format.style;
  for (const problem of problems) lines.push(`    ${paint.yellow(problem)}`);
  if (totals.joinedLateConnections > 0) {
    const subject = formatPlural(totals.joinedLateConnections, 'connection');
    const was = totals.joinedLateConnections === 1 ? 'was' : 'were';
    lines.push(`    ${subject} ${was} open before the capture began: what was said until then is unknown`);
  }
  return `${lines.join('\n')}\n`;
}

/** `1,204 exchanges on 88 connections of 2 processes, 41.3 MB read, 190.1 MB written, 0 lost` */
function formatTotals(totals: Totals): string {
  const { filtered } = totals.counters;
  if (totals.connections === 0 && totals.secrets === 0) {
    const others =
      filtered === 0 ? '' : `; ${formatPlural(filtered, 'event')} of other processes or users passed by`;
    return `nothing was captured${others}`;
  }
  const lost =
    totals.gaps === 0 && totals.lostBytes === 0 ? '0 lost' : `${formatSize(totals.lostBytes)} lost`;
  // With --raw, or where nobody spoke HTTP, there are none to count.
  const exchanges = totals.exchanges === 0 ? '' : `${formatPlural(totals.exchanges, 'exchange')} on `;
  const processes = formatPlural(totals.processes, 'process', 'processes');
  const secrets = totals.secrets === 0 ? '' : formatPlural(totals.secrets, 'secret');
  // Connections are not told of when only a key log is written.
  if (totals.connections === 0) return `${secrets} of ${processes}`;
  return (
    `${secrets === '' ? '' : `${secrets}, `}${exchanges}${formatPlural(totals.connections, 'connection')} of ${processes}, ` +
    `${formatSize(totals.readBytes)} read, ${formatSize(totals.writtenBytes)} written, ${lost}`
  );
}

function findProblems(totals: Totals, format: SummaryFormat): readonly string[] {
  const { counters, undeliveredBytes } = totals;
  const problems: string[] = [];
  for (const [reason, { gaps, lostBytes, connections }] of Object.entries(totals.gapReasons)) {
    const ids = connections.map((id) => `#${id}`);
    const where = ids.length === 0 ? '' : ` on ${formatList(ids, namedConnections)}`;
    const bytes = lostBytes === 0 ? '' : `, ${formatPlural(lostBytes, 'byte')}`;
    problems.push(
      `${formatPlural(gaps, 'gap')}${where}${bytes}: ${textOf(reason)}.  ${remedyFor(reason, format.ringBytes)}`,
    );
  }
  if (totals.unplacedBytes > 0) {
    const bytes = formatPlural(totals.unplacedBytes, 'byte');
    problems.push(
      `${bytes} lost, nobody knows on which connection: ring full.  ${remedyFor('ring-full', format.ringBytes)}`,
    );
  } else if (counters.ringFullEvents > 0 && totals.gapReasons['ring-full'] === undefined) {
    const events = formatPlural(counters.ringFullEvents, 'event');
    problems.push(
      `${events} lost, nobody knows where: ring full.  ${remedyFor('ring-full', format.ringBytes)}`,
    );
  }
  const dropped = totals.packets?.dropped ?? 0;
  if (dropped > 0) {
    const size =
      format.ringBytes === null
        ? 'a larger --buffer-size'
        : `--buffer-size ${formatMiB(format.ringBytes * 2)}`;
    problems.push(
      `${formatPlural(dropped, 'packet')} dropped: ring full.  Try ${size}, a filter expression, or a smaller --snaplen`,
    );
  }
  problems.push(...findLostSecrets(counters, format));
  if (counters.unreadable > 0) {
    const events = formatPlural(counters.unreadable, 'event');
    problems.push(`${events} lost, nobody knows where: the connection could not be read from memory.`);
  }
  if (undeliveredBytes > 0) {
    problems.push(
      format.outputFailed
        ? `${formatPlural(undeliveredBytes, 'byte')} of output not written`
        : `${formatPlural(undeliveredBytes, 'byte')} of output not delivered: the reader is too slow.  Write to a file with -o, or print less with -q`,
    );
  }
  return problems;
}

/** Recordings of before secrets were counted have no such counters. */
function findLostSecrets(counters: Partial<Counters>, format: SummaryFormat): readonly string[] {
  const lost: readonly (readonly [count: number, reason: 'ring-full' | 'fault'])[] = [
    [counters.ringFullSecrets ?? 0, 'ring-full'],
    [counters.faultSecrets ?? 0, 'fault'],
  ];
  return lost
    .filter(([count]) => count > 0)
    .map(
      ([count, reason]) =>
        `${formatPlural(count, 'secret')} lost: ${textOf(reason)}.  ${remedyFor(reason, format.ringBytes)}`,
    );
}

const namedConnections = 5;

function textOf(reason: string): string {
  const texts: Readonly<Record<string, string>> = gapReasonText;
  return texts[reason] ?? reason;
}

function remedyFor(reason: string, ringBytes: number | null): string {
  switch (reason) {
    case 'ring-full': {
      const size =
        ringBytes === null ? 'a larger --buffer-size' : `--buffer-size ${formatMiB(ringBytes * 2)}`;
      return `Try ${size}, or write to a file with -o`;
    }
    case 'fault':
      return 'Its pages were not in memory (Linux 6.1 and later can wait for them), or did not come before the end';
    case 'too-long':
      return 'The beginning of each was captured';
    case 'table-full':
      return 'Capture fewer processes at once, with --pid';
    default:
      return '';
  }
}

function formatMiB(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)}M` : `${Math.ceil(bytes / 1024)}K`;
}
