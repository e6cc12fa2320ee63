import type { ProbePlan, Refusal } from '../plan/probe-plan.ts';
import type { TargetFile } from '../targets/open-target.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { ProbeChoice } from './choose-probes.ts';
import type { Family } from './families.ts';

export type PlannedFile =
  | { readonly ok: true; readonly plan: ProbePlan }
  /** `code` as in {@link Refusal}, or `other-machine`, `no-secrets`. */
  | { readonly ok: false; readonly code: string; readonly error: UserError };

/** A plan with the chosen sites only. @throws {UserError} when the file cannot be captured, with the reason */
export function planTarget(family: Family, file: TargetFile, choice: ProbeChoice): ProbePlan {
  const result = tryPlanTarget(family, file, choice);
  if (!result.ok) throw result.error;
  return result.plan;
}

/** The same for files that nobody named, which may as well have nothing to capture. */
export function tryPlanTarget(family: Family, file: TargetFile, choice: ProbeChoice): PlannedFile {
  const result = family.plan(file.source, file.path, choice.essential);
  if (!result.ok) return refuse(file, result.refusal);
  const own = process.arch === 'arm64' ? 'arm64' : 'x86-64';
  if (result.plan.architecture !== own) {
    return refuse(file, {
      code: 'other-machine',
      message: `it is a program for ${result.plan.architecture}`,
      reason: `this machine is ${own}`,
      remedy: `to see what would be probed: tlstap inspect ${file.path}`,
    });
  }
  const { sites, missing } = result.plan;
  if (choice.roles.has('secrets') && !sites.some(({ role }) => role === 'secrets')) {
    return refuse(file, {
      code: 'no-secrets',
      message: 'its secrets cannot be taken',
      reason: missing.find(({ role }) => role === 'secrets')?.reason ?? 'no place for it was found',
      remedy: 'without -m keylog, what it says can be captured still',
    });
  }
  const plan = {
    ...result.plan,
    sites: sites.filter(({ role }) => choice.roles.has(role)),
    missing: missing.filter(({ role }) => choice.roles.has(role)),
  };
  return { ok: true, plan };
}

function refuse(file: TargetFile, refusal: Refusal): PlannedFile {
  const { code, message, reason, remedy } = refusal;
  const error = new UserError({
    message: `cannot capture ${file.path}: ${message}`,
    reason,
    remedy,
    exitCode: exitCode.targetUnusable,
  });
  return { ok: false, code, error };
}
