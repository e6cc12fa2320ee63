import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { waitUntil } from './wait-until.ts';

/** A command that runs another one in a new pid and network namespace, which ends with the test; its lo is up. */
export async function startIsolated(): Promise<{ readonly enter: readonly string[]; readonly pid: number }> {
  const child = spawn(
    'unshare',
    [
      ...['--pid', '--net', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-c', 'ip link set lo up; exec sleep 300'],
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = await waitUntil(
    () => findChild(child.pid ?? 0, 'sleep'),
    20_000,
    () => 'a process in a new namespace',
  );
  return { enter: ['nsenter', '--target', String(pid), '--pid', '--net', '--mount'], pid };
}

function findChild(parent: number, comm: string): number | undefined {
  const child = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && readStat(name).includes(`(${comm}) S ${parent} `),
  );
  return child === undefined ? undefined : Number(child);
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}
