import { cpus } from 'node:os';
import { readFileSync } from 'node:fs';
import { lookupElement } from '../bpf/map-access.ts';
import { readWord } from '../event/decode-record.ts';
import type { Counters } from '../event/event.ts';
import { counters as layout } from '../event/kernel-layout.ts';
import { encodeIndex } from './encode-rows.ts';

/** Sums the per-CPU counters of the kernel side. */
export function readCounters(fd: number): Counters {
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
    unreadable: sum(layout.unreadable),
  };
}

/** A per-CPU value has a slot for each CPU that may ever be there, e.g. `0-3,8` in sysfs. */
function countPossibleCpus(): number {
  try {
    const ranges = readFileSync('/sys/devices/system/cpu/possible', 'latin1').trim().split(',');
    return ranges.reduce((count, range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return count + last - first + 1;
    }, 0);
  } catch {
    return cpus().length;
  }
}
