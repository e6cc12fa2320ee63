import type { PacketNotice } from '../capture/packet-capture.ts';
import type { InterfaceEvent } from '../event/event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatList } from '../util/format-list.ts';
import type { LivePackets } from './live-packets.ts';
import type { StatusOutput } from './status-output.ts';

const mostNames = 8;

/** Where packets are captured, and where to. */
export function announcePackets(
  status: StatusOutput,
  packets: LivePackets,
  path: string,
  verbose: boolean,
): void {
  const names = packets.interfaces.map(nameOf);
  const list = names.length === 0 ? 'no interface yet' : formatList(names, mostNames);
  const why = packets.plan.reason === '' ? '' : `  (${packets.plan.reason}; others with -i)`;
  const filter = packets.interfaces[0]?.filter ?? '';
  const which = filter === '' ? 'packets' : `packets that match "${filter}"`;
  const file = path === '-' ? '' : ` to ${path}`;
  const lines = [`${which} of ${list}${file}${why}`];
  if (verbose) lines.push(`attached to interfaces by ${packets.method}`, ...packets.notes);
  status.write(lines.map((line) => `  ${escapeLine(line, status.style.unicode)}\n`).join(''));
}

function nameOf(one: InterfaceEvent): string {
  return one.namespace === '' ? one.name : `${one.namespace}:${one.name}`;
}

/** What happens to interfaces meanwhile; those of the start are told together. */
export function announcePacketNotice(status: StatusOutput, notice: PacketNotice, verbose: boolean): void {
  const text = formatNotice(notice, verbose);
  if (text !== '') status.write(`  ${escapeLine(text, status.style.unicode)}\n`);
}

function formatNotice(notice: PacketNotice, verbose: boolean): string {
  switch (notice.type) {
    case 'attached':
      if (notice.isAtStart) return '';
      return notice.isFirst
        ? `${notice.interface} appeared: its packets are captured too`
        : `${notice.interface} is there again: its packets are captured`;
    case 'unusable':
      return verbose
        ? `${notice.interface} is left out: its packets are neither Ethernet nor IP (type ${notice.hardwareType})`
        : '';
    case 'failed':
      return `${notice.interface} cannot be captured: ${notice.error.message}`;
    default:
      return notice satisfies never;
  }
}
