import type { PlanResult } from './probe-plan.ts';

/**
 * One line of JSON: `{"type":"plan", …}` with the fields of a `ProbePlan`, or
 * `{"type":"refusal","path","code","message","reason","remedy"}`. Addresses and offsets are numbers.
 */
export function formatPlanJson(result: PlanResult, path: string): string {
  const record = result.ok ? { type: 'plan', ...result.plan } : { type: 'refusal', path, ...result.refusal };
  return `${JSON.stringify(record)}\n`;
}
