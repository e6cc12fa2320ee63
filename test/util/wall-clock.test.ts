import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createUtcOffset } from '../../src/util/utc-offset.ts';
import { WallClock } from '../../src/util/wall-clock.ts';

const noon = 1_770_120_062_123_456_789n;

test('nanoseconds are exact and wall-clock time is local', () => {
  const clock = new WallClock(noon, () => -330);
  expect(clock.timestamp(0)).toBe('2026-02-03T12:01:02.123456789Z');
  expect(clock.timestamp(1)).toBe('2026-02-03T12:01:02.123456790Z');
  expect(clock.timestamp(876_543_211)).toBe('2026-02-03T12:01:03.000000000Z');
  expect(clock.timeOfDay(0)).toBe('06:31:02.123');
  expect(clock.timeOfDay(543_211)).toBe('06:31:02.124');
  expect(clock.timeOfDay(0)).toBe('06:31:02.123');
});

test('any offset and time agree with exact arithmetic, in any order', () => {
  let clock = new WallClock(0n, () => 0);
  let offset = 0n;
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }),
      fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (next, times, renew) => {
        if (renew) {
          offset = next;
          clock = new WallClock(offset, () => 0);
        }
        return times.every((timeNs) => {
          const total = offset + BigInt(timeNs);
          const ns = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
          const date = new Date(Number((total - ns) / 1_000_000n)).toISOString();
          const digits = String(ns).padStart(9, '0');
          return (
            clock.timestamp(timeNs) === `${date.slice(0, 19)}.${digits}Z` &&
            clock.timeOfDay(timeNs) === `${date.slice(11, 19)}.${digits.slice(0, 3)}`
          );
        });
      },
    ),
    { numRuns: 1000 },
  );
});

test('daylight saving time begins in the middle of a run', () => {
  // 2026-03-29 01:00 UTC in Berlin.
  const before = Date.UTC(2026, 2, 29, 0, 59, 59, 500);
  const clock = new WallClock(BigInt(before) * 1_000_000n, createUtcOffset('Europe/Berlin'));
  expect(clock.timeOfDay(0)).toBe('01:59:59.500');
  expect(clock.timeOfDay(500_000_000)).toBe('03:00:00.000');
});

test.each([
  ['UTC', 0],
  ['+05:45', 345],
  ['-0330', -210],
  ['Asia/Kathmandu', 345],
  ['America/St_Johns', -210],
  ['Nowhere/Else', 0],
  ['', 0],
])('time zone %s', (zone, minutes) => {
  expect(createUtcOffset(zone)(Date.UTC(2026, 0, 15))).toBe(minutes);
});

test('what was asked before makes no difference', () => {
  const base = 5_000_000_000_000;
  const near = fc.oneof(fc.nat(3_000_000), fc.nat(3_000_000_000), fc.constantFrom(0, 999_999, 1_000_000));
  fc.assert(
    fc.property(fc.array(near, { maxLength: 12 }), fc.bigInt(0n, 2_000_000_000n), (steps, offsetNs) => {
      const create = (): WallClock => new WallClock(1_770_120_062_000_000_000n + offsetNs, () => 60);
      const used = create();
      for (const step of steps) {
        expect(used.timeOfDay(base + step)).toBe(create().timeOfDay(base + step));
        expect(used.timestamp(base + step)).toBe(create().timestamp(base + step));
      }
    }),
    { numRuns: 500 },
  );
});
