import { formatPlan } from '../plan/format-plan.ts';
import { formatPlanJson } from '../plan/format-plan-json.ts';
import { openTargetPath, openTargetProcess } from '../targets/open-target.ts';
import { createPaint } from '../util/paint.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import { goFamily } from './families.ts';
import { wantsColor, type ColorChoice } from './terminal.ts';

export interface InspectFlags {
  readonly json?: true;
  readonly verbose?: true;
  readonly color: ColorChoice;
}

/** `tlstap inspect PATH|PID`: the plan, or why there is none. */
export function inspect(target: string, flags: InspectFlags): number {
  using file = /^\d+$/.test(target) ? openTargetProcess(Number(target)) : openTargetPath(target);
  const result = goFamily.plan(file.source, file.path);
  if (flags.json) {
    process.stdout.write(formatPlanJson(result, file.path));
    return result.ok ? exitCode.ok : exitCode.targetUnusable;
  }
  if (!result.ok) {
    const { message, reason, remedy } = result.refusal;
    throw new UserError({
      message: `cannot capture ${file.path}: ${message}`,
      reason,
      remedy,
      exitCode: exitCode.targetUnusable,
    });
  }
  const paint = createPaint(wantsColor(flags.color, process.stdout.isTTY));
  process.stdout.write(formatPlan(result.plan, { verbose: flags.verbose === true, paint }));
  return exitCode.ok;
}
