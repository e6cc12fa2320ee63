import { expect, test } from 'vitest';
import { goStrategies, strategiesFor } from '../../../src/family/go/strategies.ts';

test('all of a role in order, unless some are named', () => {
  expect(strategiesFor('read', undefined)).toEqual(goStrategies.read);
  expect(strategiesFor('write', ['entry', 'push-after-check'])).toEqual(['push-after-check', 'entry']);
});

test('a role that none of the names belongs to keeps its own', () => {
  expect(strategiesFor('close', ['ret-spill'])).toEqual(goStrategies.close);
  expect(strategiesFor('read', [])).toEqual(goStrategies.read);
  expect(strategiesFor('read', ['unheard-of'])).toEqual(goStrategies.read);
});
