import { lookupElement } from '../bpf/map-access.ts';
import type { Counters } from '../event/event.ts';
import { counters as layout } from '../event/kernel-layout.ts';
import { readWord } from '../event/read-word.ts';
import { countPossibleCpus } from './possible-cpus.ts';
import { encodeIndex } from './encode-rows.ts';

/** Sums the per-CPU counters of the kernel side; `senselessRecords` came from it but could not be decoded. */
export function readCounters(fd: number, senselessRecords: number): Counters {
  const possible = countPossibleCpus();
  const all = lookupElement(fd, encodeIndex(0), layout.sizeBytes * possible) ?? Buffer.alloc(0);
  const sum = (offset: number): number => {
    let total = 0;
    for (let at = offset; at < all.length; at += layout.sizeBytes) total += readWord(all, at);
    return total;
  };
  return {
    events: sum(layout.events),
    bytes: sum(layout.bytes),
    ringFullEvents: sum(layout.ringFullEvents),
    ringFullBytes: sum(layout.ringFullBytes),
    faultEvents: sum(layout.faultEvents),
    faultBytes: sum(layout.faultBytes),
    tooLongEvents: sum(layout.tooLongEvents),
    tooLongBytes: sum(layout.tooLongBytes),
    tableFull: sum(layout.tableFull),
    filtered: sum(layout.filtered),
    unreadable: sum(layout.unreadable) + senselessRecords,
    secrets: sum(layout.secrets),
    ringFullSecrets: sum(layout.ringFullSecrets),
    faultSecrets: sum(layout.faultSecrets),
  };
}
