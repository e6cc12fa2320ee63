import { formatCount } from '../util/format-count.ts';
import { formatPlural } from '../util/format-plural.ts';
import { formatSize } from '../util/format-size.ts';
import type { PacketTotals } from './packet-totals.ts';

/** `1,204 packets of 9,311 seen, 4.1 MB, 1,204 with their process, 0 dropped; 24 secrets` */
export function formatPacketTotals(totals: PacketTotals): string {
  const { packets, received } = totals;
  const seen = received > packets + totals.dropped ? ` of ${formatCount(received)} seen` : '';
  return (
    `${formatPlural(packets, 'packet')}${seen}, ${formatSize(totals.bytes)}, ` +
    `${formatCount(totals.withProcess)} with their process, ${formatCount(totals.dropped)} dropped; ` +
    formatPlural(totals.secrets, 'secret')
  );
}
