import { expect, test } from 'vitest';
import { HoldBack } from '../../src/packet/hold-back.ts';

test('the oldest handshake says where packets begin to wait', () => {
  const hold = new HoldBack(1000);
  expect(hold.position).toBe(Infinity);
  hold.add('a', 0, 10);
  hold.add('b', 5, 20);
  hold.add('a', 6, 30);
  expect(hold.position).toBe(10);
  hold.satisfy('a');
  expect(hold.position).toBe(20);
  hold.satisfy('b');
  expect(hold.position).toBe(Infinity);
});

test('a handshake waits for its time, and no longer', () => {
  const hold = new HoldBack(1000);
  hold.add('a', 0, 10);
  hold.add('b', 500, 20);
  expect(hold.expire(999)).toEqual([]);
  expect(hold.expire(1000)).toEqual(['a']);
  expect(hold.position).toBe(20);
  expect(hold.expire(5000)).toEqual(['b']);
  expect(hold.handshakes).toBe(0);
});

test('for room, the oldest is given up', () => {
  const hold = new HoldBack(1000);
  hold.add('a', 0, 10);
  hold.add('b', 0, 20);
  expect([hold.giveUpOldest(), hold.giveUpOldest(), hold.giveUpOldest()]).toEqual(['a', 'b', undefined]);
});
