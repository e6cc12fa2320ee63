import { afterAll, beforeEach, expect, test } from 'vitest';
import { needBpf } from '../../support/need-bpf.ts';
import { KernelFilters } from '../../support/kernel-filter.ts';
import { checkInKernel, type KernelOutcome } from './check-in-kernel.ts';

let kernel: KernelFilters | undefined;

beforeEach(needBpf);

afterAll(() => kernel?.[Symbol.dispose]());

test('2,000 random programs in the kernel: refused with a reason, or decide as they should', () => {
  kernel = new KernelFilters();
  const outcomes = new Map<KernelOutcome, number>();
  for (let seed = 20_000; seed < 22_000; seed++) {
    const outcome = checkInKernel(seed, kernel);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(outcomes.get('decided')).toBeGreaterThan(1_000);
  // All that the converter lets pass is loaded.
  expect(outcomes.get('refused by the kernel')).toBeUndefined();
}, 120_000);
