import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strftime } from '../../src/util/strftime.ts';

const letters = 'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYz%'.split('');

test('as date(1) writes it, conversion by conversion', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000 }),
      fc.constantFrom(0, 60, -210, 345, 840),
      (seconds, minutes) => {
        const format = letters.map((letter) => `${letter}:%${letter}`).join('|');
        // POSIX writes zones west of Greenwich as positive.
        const sign = minutes > 0 ? '-' : '+';
        const zone = `XXX${sign}${Math.floor(Math.abs(minutes) / 60)}:${Math.abs(minutes) % 60}`;
        const env = { ...process.env, TZ: zone, LC_ALL: 'C' };
        const expected = execFileSync('date', ['-d', `@${seconds}`, `+${format}`], { env })
          .toString()
          .slice(0, -1);
        expect(strftime(format, seconds * 1000, minutes)).toBe(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('what is no conversion stays', () => {
  expect(strftime('a%Qb%', 0, 0)).toBe('a%Qb%');
});
