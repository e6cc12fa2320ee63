import { readClock } from '../bpf/libc.ts';

/** `CLOCK_MONOTONIC` in nanoseconds, the clock of `bpf_ktime_get_ns()`. Exact up to 104 days after boot, then to 2 ns. */
export function readMonotonicNs(): number {
  return Number(process.hrtime.bigint());
}

/**
 * Wall clock minus monotonic clock: added to an event's time it gives nanoseconds since 1970. Of several readings the
 * one that took the least time: the first calls through the foreign function interface take 100 µs, later ones 1 µs.
 */
export function readClockOffsetNs(): bigint {
  let best = { offsetNs: 0n, tookNs: 1n << 62n };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = readClock('monotonic');
    const wall = readClock('realtime');
    const after = readClock('monotonic');
    const tookNs = after - before;
    if (tookNs < best.tookNs) best = { offsetNs: wall - (before + after) / 2n, tookNs };
  }
  return best.offsetNs;
}

const attempts = 50;
