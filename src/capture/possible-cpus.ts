import { cpus } from 'node:os';
import { readFileSync } from 'node:fs';

let known: number | undefined;

/** A per-CPU value has a slot for each CPU that may ever be there, e.g. `0-3,8` in sysfs. */
export function countPossibleCpus(): number {
  return (known ??= readPossibleCpus());
}

function readPossibleCpus(): number {
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
