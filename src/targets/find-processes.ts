import { readdirSync, readFileSync, statSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  readonly comm: string;
  /** Of its executable, as in {@link TargetFile}. */
  readonly key: string;
}

/** Processes whose executable is one of the files (by device and inode), in order of their number. */
export function findProcesses(keys: ReadonlySet<string>): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const { dev, ino } = statSync(`/proc/${name}/exe`, { bigint: true });
      const key = `${dev}:${ino}`;
      if (!keys.has(key)) continue;
      found.push({ pid: Number(name), key, comm: readFileSync(`/proc/${name}/comm`, 'utf8').trimEnd() });
    } catch {
      // Gone, a kernel thread, or not ours to look at.
    }
  }
  return found.sort((a, b) => a.pid - b.pid);
}
