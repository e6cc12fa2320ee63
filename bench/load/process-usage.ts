import { readFileSync } from 'node:fs';

/** CPU seconds a process has used, user and system; USER_HZ is 100 on every Linux that Node runs on. */
export function readCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // Fields after the command name, which may hold anything: utime is the 14th of all, stime the 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** MB of a field of /proc/PID/status, e.g. `RssAnon`, `VmRSS`. */
export function readMemoryMb(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
}
