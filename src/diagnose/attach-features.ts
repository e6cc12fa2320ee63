import type { AttachKind } from './refusal.ts';

/** `method` names how programs run and are attached, as the capture found by trying: `uprobe_multi, sleepable`. */
export function attachKind(method: string): AttachKind {
  return method.startsWith('uprobe_multi') ? 'uprobe_multi' : 'perf';
}

export function isSleepable(method: string): boolean {
  return method.includes('sleepable');
}
