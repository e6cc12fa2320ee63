import { resolve } from 'node:path';
import { readMonotonicNs } from '../capture/clock.ts';
import type { ProbePlan } from '../plan/probe-plan.ts';
import { findFileKey, type TargetFile } from '../targets/open-target.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { ProbeChoice } from './choose-probes.ts';
import { explained } from './explained.ts';
import type { Family } from './families.ts';
import type { LiveCapture } from './live-capture.ts';
import { tryPlanTarget } from './plan-target.ts';
import { verifyTarget } from './verify-target.ts';

export type LateTarget =
  | { readonly type: 'attached'; readonly plan: ProbePlan }
  /** It is attached already. */
  | { readonly type: 'known' }
  | { readonly type: 'refused'; readonly code: string; readonly error: UserError };

/** Attaches files that turn up during a capture: new ones beside the old ones, rewritten ones in their place. */
export class LateTargets implements Disposable {
  readonly #live: LiveCapture;
  readonly #family: Family;
  readonly #probes: ProbeChoice;
  /** Held open as long as something is attached to them. */
  readonly #files: TargetFile[] = [];
  /** By device and inode: the plan that is attached, and its number. */
  readonly #attached = new Map<string, { readonly index: number; readonly plan: string }>();

  constructor(live: LiveCapture, family: Family, probes: ProbeChoice) {
    this.#live = live;
    this.#family = family;
    this.#probes = probes;
    for (const [index, { file, plan }] of live.targets.entries()) {
      this.#attached.set(file.key, { index, plan: signature(plan) });
    }
  }

  /** Whether the path leads to a file that is attached, or to none. */
  isCurrent(path: string): boolean {
    const key = findFileKey(path);
    return key === undefined || this.#attached.has(key);
  }

  /** Takes the file over, whatever comes of it. */
  add(file: TargetFile): LateTarget {
    const result = this.#attach(file);
    if (result.type !== 'attached') file[Symbol.dispose]();
    return result;
  }

  #attach(file: TargetFile): LateTarget {
    const planned = tryPlanTarget(this.#family, file, this.#probes);
    const before = this.#attached.get(file.key);
    if (planned.ok && before?.plan === signature(planned.plan)) return { type: 'known' };
    // Written in place: what was planned is not there any more, and a probe in the middle of an instruction kills.
    if (before) {
      this.#live.session.files.detach(before.index);
      this.#attached.delete(file.key);
    }
    if (!planned.ok) return { type: 'refused', code: planned.code, error: planned.error };
    try {
      const index = this.#attachPlanned(file, planned.plan);
      this.#attached.set(file.key, { index, plan: signature(planned.plan) });
      return { type: 'attached', plan: planned.plan };
    } catch (error) {
      if (error instanceof UserError) return { type: 'refused', code: 'not-attached', error };
      throw error;
    }
  }

  #attachPlanned(file: TargetFile, plan: ProbePlan): number {
    const { session } = this.#live;
    verifyTarget(file, plan);
    if (!session.files.hasRoomFor(plan)) throw tooManyFiles(file.path);
    const index = explained(file.path, () => session.files.attach({ plan, attachPath: file.attachPath }));
    this.#files.push(file);
    const { family, path } = plan;
    session.announce({ type: 'file', timeNs: readMonotonicNs(), index, family, path: resolve(path) });
    return index;
  }

  /** Only once nothing is attached any more: the kernel names the files by these descriptors. */
  [Symbol.dispose](): void {
    for (const file of this.#files.splice(0)) file[Symbol.dispose]();
  }
}

function tooManyFiles(path: string): UserError {
  return new UserError({
    message: `cannot capture ${path}`,
    reason: 'too many files were attached in this run',
    remedy: 'start tlstap anew: it then attaches to what runs now',
    exitCode: exitCode.failed,
  });
}

/** What is attached where; the same file may be reached by another path. */
function signature({ buildId, profile, sites }: ProbePlan): string {
  return JSON.stringify([buildId, profile, sites]);
}
