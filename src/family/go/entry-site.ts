import type { SiteRole } from '../../plan/probe-plan.ts';
import type { Attempt } from './attempt.ts';
import { findEntry } from './entry.ts';
import { checkBoundaries } from './function-checks.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { siteAt } from './site.ts';

/** The first instruction, for what may be seen twice without harm. */
export function planAtEntry(
  program: GoProgram,
  code: GoCode,
  parts: { readonly role: SiteRole; readonly kind: string; readonly flags: readonly string[] },
): Attempt {
  const strategy = 'entry';
  const checks = checkBoundaries(code);
  const entry = findEntry(code);
  if (entry === undefined) return { role: parts.role, strategy, checks, sites: [] };
  const site = siteAt(program.elf.architecture, code, entry, {
    role: parts.role,
    mnemonic: 'entry',
    kind: parts.kind,
    flags: parts.flags,
    strategy,
    checks,
    note: 'may hit twice for one call, without harm',
  });
  return { role: parts.role, strategy, checks, sites: [site] };
}
