/** `CLOCK_MONOTONIC` in nanoseconds, the clock of `bpf_ktime_get_ns()`. Exact up to 104 days after boot, then to 2 ns. */
export function readMonotonicNs(): number {
  return Number(process.hrtime.bigint());
}

/** Wall clock minus monotonic clock: added to an event's time it gives nanoseconds since 1970. */
export function readClockOffsetNs(): bigint {
  // Date.now() is cut to milliseconds: performance's clock knows more, but drifts from the wall clock over days.
  const before = process.hrtime.bigint();
  const wallMs = performance.timeOrigin + performance.now();
  const after = process.hrtime.bigint();
  const driftMs = Date.now() - wallMs;
  const correctedMs = Math.abs(driftMs) > 2 ? Date.now() : wallMs;
  return BigInt(Math.round(correctedMs * 1000)) * 1000n - (before + after) / 2n;
}
