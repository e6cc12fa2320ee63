import { expect, test } from 'vitest';
import { checkRandomProgram, type Outcome } from './check-random-program.ts';

test('10,000 random programs are refused, or decide as they should', () => {
  const outcomes = new Map<Outcome, number>();
  for (let seed = 0; seed < 10_000; seed++) {
    const outcome = checkRandomProgram(seed);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(outcomes.get('decided')).toBeGreaterThan(5_000);
  expect(outcomes.get('refused')).toBeGreaterThan(500);
});
