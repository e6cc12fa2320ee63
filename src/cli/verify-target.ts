import type { ProbePlan } from '../plan/probe-plan.ts';
import { verifySite } from '../plan/verify-site.ts';
import type { TargetFile } from '../targets/open-target.ts';
import { exitCode, UserError } from '../util/user-error.ts';

/**
 * Whether the file still is what was planned, the moment before it is attached: a file that is not running can be
 * written to, and a probe inside of another instruction would kill a process.
 *
 * @throws {UserError} when a planned instruction is not there any more
 */
export function verifyTarget(file: Pick<TargetFile, 'path' | 'readNow'>, plan: ProbePlan): void {
  for (const site of plan.sites) {
    const found = file.readNow(site.fileOffset, site.bytes.length / 2);
    const verdict = verifySite(plan.architecture, site, found, 'file');
    if (verdict.ok) continue;
    throw new UserError({
      message: `cannot capture ${file.path}: it changed while it was examined`,
      reason: `${site.function}+${site.offset}: ${verdict.detail}`,
      remedy: 'try again when nobody writes to the file any more',
      exitCode: exitCode.targetUnusable,
    });
  }
}
