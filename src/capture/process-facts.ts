import { readFileSync, readlinkSync } from 'node:fs';

/** What /proc says about a process; undefined when it is gone, or of another pid namespace. */
export interface ProcessFacts {
  readonly comm: string;
  /** Path of its executable as the process's own mount namespace names it, without ` (deleted)`. */
  readonly exe: string;
  /** Clock ticks after boot; tells a process from a later one with the same number. */
  readonly startTicks: number;
  /** Exited, but not yet waited for by its parent. */
  readonly isZombie: boolean;
}

export function readProcessFacts(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // comm stands in brackets and may itself hold brackets and spaces: proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const threads = Number(fields[17]);
    return {
      comm: readFileSync(`/proc/${pid}/comm`, 'utf8').replace(/\n$/, ''),
      exe: readExecutable(pid),
      startTicks: Number(fields[19]),
      isZombie: (fields[0] === 'Z' || fields[0] === 'X') && threads <= 1,
    };
  } catch {
    return undefined;
  }
}

function readExecutable(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return '';
  }
}
