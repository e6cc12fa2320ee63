import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `check` gives something other than undefined or false; fails with `describe()` after `limitMs`. */
export async function waitUntil<Value>(
  check: () => Value | undefined | false | Promise<Value | undefined | false>,
  limitMs: number,
  describe: () => string,
): Promise<Value> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${describe()}`);
    await sleep(20);
  }
}
