import type { Check, ProbeSite, SiteRole } from '../../plan/probe-plan.ts';

/** What came of one strategy for one role: sites that may be used if, and only if, every check passed. */
export interface Attempt {
  readonly role: SiteRole;
  readonly strategy: string;
  readonly checks: readonly Check[];
  readonly sites: readonly ProbeSite[];
}

export function succeeded(attempt: Attempt): boolean {
  return attempt.sites.length > 0 && attempt.checks.every((check) => check.passed);
}
