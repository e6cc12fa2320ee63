import { openTargetPath } from '../targets/open-target.ts';
import { PathWatch } from '../targets/path-watch.ts';
import { escapeLine } from '../util/escape-text.ts';
import { UserError } from '../util/user-error.ts';
import type { LateTargets } from './late-targets.ts';
import type { StatusOutput } from './status-output.ts';

/** A file that is still being written makes no sense yet: what is wrong with it is said when it stays as it is. */
const settleMs = 1500;

/**
 * Follows the paths of `-e`: a file that takes the place of one is attached as well. The old one stays for as long as
 * something runs it.
 */
export function followPaths(
  paths: readonly string[],
  late: LateTargets,
  status: StatusOutput,
  quiet: boolean,
): Disposable {
  const complaints = new Map<string, NodeJS.Timeout>();
  const say = (path: string, text: string): void =>
    status.write(`  ${escapeLine(`${path} ${text}`, status.style.unicode)}\n`);

  const onChange = (path: string): void => {
    clearTimeout(complaints.get(path));
    try {
      const result = late.add(openTargetPath(path));
      if (result.type === 'refused') throw result.error;
      if (result.type === 'attached' && !quiet)
        say(path, `was replaced; the new one (${result.plan.toolchain ?? 'Go'}) is captured too`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const complaint = setTimeout(() => {
        say(path, `was replaced, and the new one is not captured. ${error.message}: ${error.reason}`);
      }, settleMs);
      complaints.set(path, complaint.unref());
    }
  };

  const watch = new PathWatch(paths, onChange);
  // It may have been replaced since it was planned.
  for (const path of paths) if (!late.isCurrent(path)) onChange(path);
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      for (const complaint of complaints.values()) clearTimeout(complaint);
    },
  };
}
