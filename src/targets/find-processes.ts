import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isSystemError } from '../util/is-system-error.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly comm: string;
  /** Of its executable, as in {@link TargetFile}. */
  readonly key: string;
}

export interface FoundProcesses {
  /** In order of their number. */
  readonly processes: readonly RunningProcess[];
  /** Some processes could not be looked at, so there may be more. */
  readonly isPartial: boolean;
}

/** Processes whose executable is one of the files (by device and inode). */
export function findProcesses(keys: ReadonlySet<string>): FoundProcesses {
  const processes: RunningProcess[] = [];
  let isPartial = false;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const { dev, ino } = statSync(`/proc/${name}/exe`, { bigint: true });
      const key = `${dev}:${ino}`;
      if (!keys.has(key)) continue;
      processes.push({ pid: Number(name), key, comm: readComm(name) });
    } catch (error) {
      // Others are gone, or kernel threads.
      if (isSystemError(error) && error.code === 'EACCES') isPartial = true;
    }
  }
  return { processes: processes.sort((a, b) => a.pid - b.pid), isPartial };
}

/** Its command name; undefined when there is no such process. */
export function findComm(pid: number): string | undefined {
  try {
    return readComm(String(pid));
  } catch {
    return undefined;
  }
}

function readComm(name: string): string {
  return readFileSync(`/proc/${name}/comm`, 'utf8').trimEnd();
}
