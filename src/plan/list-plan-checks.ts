import type { Check, ProbePlan } from './probe-plan.ts';

/** Checks that belong together: those of the sites that one strategy found, or those of no site. */
export interface CheckGroup {
  readonly title: string;
  readonly checks: readonly Check[];
}

/** Every check of a plan, once. The sites of one strategy in one function share theirs. */
export function listPlanChecks(plan: ProbePlan): readonly CheckGroup[] {
  const groups = new Map<string, CheckGroup>();
  for (const site of plan.sites) {
    const title = `${site.role}: ${site.function} by ${site.strategy}`;
    if (!groups.has(title)) groups.set(title, { title, checks: site.checks });
  }
  const others: readonly CheckGroup[] =
    plan.checks.length > 0 ? [{ title: 'others', checks: plan.checks }] : [];
  return [...groups.values(), ...others];
}
