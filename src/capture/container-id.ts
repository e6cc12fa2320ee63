import { readFileSync } from 'node:fs';
import { findContainerId } from '../util/find-container-id.ts';

/** The container that a process runs in, as its control group is called; undefined when it is in none, or gone. */
export function readContainerId(pid: number): string | undefined {
  try {
    return findContainerId(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.id;
  } catch {
    return undefined;
  }
}
