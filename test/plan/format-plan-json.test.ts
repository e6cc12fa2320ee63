import { expect, test } from 'vitest';
import { formatPlanJson } from '../../src/plan/format-plan-json.ts';
import { examplePlan } from './example-plan.ts';

test('a plan is one line with all of its fields', () => {
  const line = formatPlanJson({ ok: true, plan: examplePlan }, '/usr/bin/caddy');
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual({ type: 'plan', ...examplePlan });
});

test('a refusal is one line as well', () => {
  const refusal = {
    code: 'not-go',
    message: 'it is not a Go program',
    reason: 'no table',
    remedy: 'another',
  };
  expect(JSON.parse(formatPlanJson({ ok: false, refusal }, '/bin/ls'))).toEqual({
    type: 'refusal',
    path: '/bin/ls',
    ...refusal,
  });
});
