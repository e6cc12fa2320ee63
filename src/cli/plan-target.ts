import type { ProbePlan } from '../plan/probe-plan.ts';
import type { TargetFile } from '../targets/open-target.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { ProbeChoice } from './choose-probes.ts';
import type { Family } from './families.ts';

/** A plan with the chosen sites only. @throws {UserError} when the file cannot be captured, with the reason */
export function planTarget(family: Family, file: TargetFile, choice: ProbeChoice): ProbePlan {
  const result = family.plan(file.source, file.path, choice.essential);
  if (!result.ok) throw refuse(file, result.refusal);
  const own = process.arch === 'arm64' ? 'arm64' : 'x86-64';
  if (result.plan.architecture !== own) {
    throw refuse(file, {
      message: `it is a program for ${result.plan.architecture}`,
      reason: `this machine is ${own}`,
      remedy: `to see what would be probed: tlstap inspect ${file.path}`,
    });
  }
  const { sites, missing } = result.plan;
  if (choice.roles.has('secrets') && !sites.some(({ role }) => role === 'secrets')) {
    throw refuse(file, {
      message: 'its secrets cannot be taken',
      reason: missing.find(({ role }) => role === 'secrets')?.reason ?? 'no place for it was found',
      remedy: 'without -m keylog, what it says can be captured still',
    });
  }
  return {
    ...result.plan,
    sites: sites.filter(({ role }) => choice.roles.has(role)),
    missing: missing.filter(({ role }) => choice.roles.has(role)),
  };
}

function refuse(
  file: TargetFile,
  refusal: { readonly message: string; readonly reason: string; readonly remedy: string },
): UserError {
  const { message, reason, remedy } = refusal;
  return new UserError({
    message: `cannot capture ${file.path}: ${message}`,
    reason,
    remedy,
    exitCode: exitCode.targetUnusable,
  });
}
