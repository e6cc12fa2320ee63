import { lookupElement } from '../bpf/map-access.ts';
import { interfaceCounters as layout } from '../event/kernel-layout.ts';
import { readWord } from '../event/read-word.ts';
import { encodeIndex } from './encode-rows.ts';
import { countPossibleCpus } from './possible-cpus.ts';

/** Packets of one interface since the start. What a filter expression rejected is the rest of those received. */
export interface InterfaceCounts {
  readonly received: number;
  readonly captured: number;
  readonly dropped: number;
  /** Not of the processes or users that were asked for. */
  readonly ofOthers: number;
}

export function readInterfaceCounters(fd: number, id: number): InterfaceCounts {
  const all = lookupElement(fd, encodeIndex(id), layout.sizeBytes * countPossibleCpus()) ?? Buffer.alloc(0);
  const sum = (offset: number): number => {
    let total = 0;
    for (let at = offset; at < all.length; at += layout.sizeBytes) total += readWord(all, at);
    return total;
  };
  return {
    received: sum(layout.received),
    captured: sum(layout.captured),
    dropped: sum(layout.dropped),
    ofOthers: sum(layout.ofOthers),
  };
}
