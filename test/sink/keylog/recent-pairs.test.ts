import { expect, test } from 'vitest';
import { RecentPairs } from '../../../src/sink/keylog/recent-pairs.ts';

test('remembers at least the last ones, at most twice as many', () => {
  const pairs = new RecentPairs(100);
  for (let i = 0; i < 1000; i++) pairs.add('CLIENT_RANDOM', String(i));
  const known = Array.from({ length: 1000 }, (_, i) => i).filter((i) =>
    pairs.has('CLIENT_RANDOM', String(i)),
  );
  expect(known.slice(-100)).toEqual(Array.from({ length: 100 }, (_, i) => 900 + i));
  expect(known.length).toBeLessThanOrEqual(200);
});

test('tells label and client random apart', () => {
  const pairs = new RecentPairs();
  pairs.add('A', 'aa');
  expect([pairs.has('A', 'aa'), pairs.has('B', 'aa'), pairs.has('A', 'ab')]).toEqual([true, false, false]);
});
