import { expect, test } from 'vitest';
import { Random } from '../../support/random.ts';
import { checkRandomExpression, type ExpressionOutcome } from './check-random-expression.ts';
import { checkRandomProgram, type Outcome } from './check-random-program.ts';

test('10,000 random programs are refused, or decide as they should', { timeout: 120_000 }, () => {
  const outcomes = new Map<Outcome, number>();
  for (let seed = 0; seed < 10_000; seed++) {
    const outcome = checkRandomProgram(seed);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(outcomes.get('decided')).toBeGreaterThan(5_000);
  expect(outcomes.get('refused')).toBeGreaterThan(500);
});

test('2,000 random expressions decide as libpcap does', { timeout: 120_000 }, () => {
  const outcomes = new Map<ExpressionOutcome, number>();
  for (let seed = 0; seed < 2_000; seed++) {
    const outcome = checkRandomExpression(new Random(seed));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(outcomes.get('decided')).toBeGreaterThan(1_000);
  // Terms like geneve followed by `or`.
  expect(outcomes.get('refused')).toBeLessThan(200);
});
