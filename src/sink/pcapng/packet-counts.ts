import type { PcapngTotals } from './pcapng-settings.ts';

type Counts = { -readonly [Key in Exclude<keyof PcapngTotals, 'files'>]: number };

/** What a sink counts, from zero. */
export function createPacketCounts(): Counts {
  return {
    packets: 0,
    droppedPackets: 0,
    secrets: 0,
    unfinishedHandshakes: 0,
    lateSecrets: 0,
    mostHeldBytes: 0,
  };
}
