import { isAtLeast } from './kernel-version.ts';

/** How probes are attached: one `uprobe_multi` link a file (Linux 6.6), or one perf event a site. */
export type AttachKind = 'uprobe_multi' | 'perf';

/** `method` is how programs run and are attached, as a capture found it by trying: `uprobe_multi, sleepable`. */
export function attachKind(method: string): AttachKind {
  return method.startsWith('uprobe_multi') ? 'uprobe_multi' : 'perf';
}

/** Whether programs may wait for memory that is not resident, by the same `method`. */
export function isSleepable(method: string): boolean {
  return method.includes('sleepable');
}

/** What the kernel of this release is expected to take, where nothing could be tried. */
export function expectedAttachKind(release: string): AttachKind {
  return isAtLeast(release, 6, 6) ? 'uprobe_multi' : 'perf';
}
