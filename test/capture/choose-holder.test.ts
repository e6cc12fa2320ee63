import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseHolder } from '../../src/capture/choose-holder.ts';

/** 1 → 10 → 11 → 12; 1 → 20. */
const parents = new Map([
  [10, 1],
  [11, 10],
  [12, 11],
  [20, 1],
]);
const parentOf = (pid: number): number | undefined => parents.get(pid);

test.each([
  { name: 'nobody', holders: [], chosen: undefined },
  { name: 'the only one', holders: [12], chosen: 12 },
  { name: 'a parent whose child inherited it', holders: [11, 10], chosen: 10 },
  { name: 'a grandparent', holders: [12, 10], chosen: 10 },
  { name: 'the first of its workers’ line', holders: [10, 11, 12], chosen: 10 },
  { name: 'none of two that are not related', holders: [11, 20], chosen: undefined },
  { name: 'none of two siblings', holders: [10, 20], chosen: undefined },
])('a socket is of $name', ({ holders, chosen }) => {
  expect(chooseHolder(holders, parentOf)).toBe(chosen);
});

test('whatever the processes say of their parents, it ends, with one of the holders or none', () => {
  const pid = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(
      fc.uniqueArray(pid, { maxLength: 6 }),
      fc.array(pid, { minLength: 13, maxLength: 13 }),
      (holders, any) => {
        const chosen = chooseHolder(holders, (child) => any[child]);
        expect(chosen === undefined || holders.includes(chosen)).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
});
