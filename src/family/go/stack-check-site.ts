import type { SiteRole } from '../../plan/probe-plan.ts';
import type { Attempt } from './attempt.ts';
import { checkBoundaries, checkControlFlow, checkStackCheck } from './function-checks.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { restartNote, siteAt, stackCheckMnemonic } from './site.ts';

/**
 * The conditional jump of the stack check: every call passes it with its arguments untouched, the kernel emulates it, and
 * its flags tell whether the function is about to start over.
 */
export function planAtStackCheck(
  program: GoProgram,
  code: GoCode,
  parts: { readonly role: SiteRole; readonly kind: string; readonly flags: readonly string[] },
): Attempt {
  const strategy = 'stack-check-jump';
  const { architecture } = program.elf;
  const checks = [...checkBoundaries(code), checkControlFlow(code), checkStackCheck(code)];
  if (!code.stackCheck.found) return { role: parts.role, strategy, checks, sites: [] };
  const site = siteAt(architecture, code, code.stackCheck.jump, {
    role: parts.role,
    mnemonic: stackCheckMnemonic(architecture),
    kind: parts.kind,
    flags: ['at-stack-check', ...parts.flags],
    strategy,
    checks,
    note: restartNote(architecture),
  });
  return { role: parts.role, strategy, checks, sites: [site] };
}
