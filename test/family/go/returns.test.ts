import { expect, test } from 'vitest';
import { checkReturns, findReturns } from '../../../src/family/go/returns.ts';
import { fakeCode } from './fake-program.ts';

test('every return, and only those', () => {
  // mov rbx, rax holds a C3; so does the call.
  const returns = findReturns(fakeCode(['4889c3', 'c3', 'e8c3000000', 'c20800', 'cc'].join('')));
  expect(returns.map(({ offset }) => offset)).toEqual([3, 9]);
  expect(checkReturns(returns)).toEqual({ name: 'returns', passed: true, detail: '2 return instructions' });
});

test('none, and too many to probe', () => {
  expect(checkReturns(findReturns(fakeCode('90')))).toMatchObject({ name: 'returns', passed: false });
  const many = findReturns(fakeCode('c3'.repeat(100_000)));
  expect(many.length).toBeLessThan(200);
  expect(checkReturns(many)).toMatchObject({ name: 'few returns', passed: false });
});
