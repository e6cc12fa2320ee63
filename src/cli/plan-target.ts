import type { ProbePlan } from '../plan/probe-plan.ts';
import type { TargetFile } from '../targets/open-target.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { Family } from './families.ts';

/** @throws {UserError} when the file cannot be captured, with the reason */
export function planTarget(family: Family, file: TargetFile): ProbePlan {
  const result = family.plan(file.source, file.path);
  if (!result.ok) {
    const { message, reason, remedy } = result.refusal;
    throw new UserError({
      message: `cannot capture ${file.path}: ${message}`,
      reason,
      remedy,
      exitCode: exitCode.targetUnusable,
    });
  }
  const own = process.arch === 'arm64' ? 'arm64' : 'x86-64';
  if (result.plan.architecture !== own) {
    throw new UserError({
      message: `cannot capture ${file.path}: it is a program for ${result.plan.architecture}`,
      reason: `this machine is ${own}`,
      remedy: `to see what would be probed: tlstap inspect ${file.path}`,
      exitCode: exitCode.targetUnusable,
    });
  }
  // Only what text needs; the sites of secrets are the key log's.
  return { ...result.plan, sites: result.plan.sites.filter(({ role }) => role !== 'secrets') };
}
