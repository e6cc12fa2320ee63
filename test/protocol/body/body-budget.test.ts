import { expect, it } from 'vitest';
import { BodyBudget } from '../../../src/protocol/body/body-budget.ts';
import { BodyCollector } from '../../../src/protocol/body/body-collector.ts';

it('bodies share what there is, and give it back', () => {
  const budget = new BodyBudget(10);
  const first = new BodyCollector(100, '', budget);
  const second = new BodyCollector(100, '', budget);
  first.push(Buffer.from('seven b'));
  second.push(Buffer.from('seven b'));
  expect(first.truncated).toBe(false);
  expect(second.truncated).toBe(true);
  expect(Buffer.from(second.decoded().bytes).toString()).toBe('sev');
  first.release();
  const third = new BodyCollector(100, '', budget);
  third.push(Buffer.from('seven b'));
  expect(third.truncated).toBe(false);
});

it('what is kept is a beginning: there is nothing behind a cut', () => {
  const budget = new BodyBudget(3);
  const body = new BodyCollector(100, '', budget);
  body.push(Buffer.from('abcdef'));
  budget.giveBack(100);
  body.push(Buffer.from('ghi'));
  expect(Buffer.from(body.decoded().bytes).toString()).toBe('abc');
  expect(body.wireLengthBytes).toBe(9);
});
