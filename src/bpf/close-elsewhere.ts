import { spawn, type ChildProcess } from 'node:child_process';
import { close } from './libc.ts';

export interface Closing {
  /** The process that closes them. */
  readonly pid: number;
  readonly done: Promise<void>;
}

/**
 * Closes descriptors in a process of its own, in their order, and gives them up here. The kernel lets nobody go who
 * closes a probe, not even by exit or SIGKILL, before every sleepable program on the machine has ended, and one of them
 * may be waiting for a page of a traced process that never comes. Without a shell to start it is done here.
 */
export async function closeElsewhere(fds: readonly number[]): Promise<Closing> {
  // It ends with its input, and the kernel closes what it has inherited then.
  const child = spawn('/bin/sh', ['-c', 'read line'], {
    stdio: ['pipe', 'ignore', 'ignore', ...fds],
    // Not in the way of what the terminal does next.
    detached: true,
  });
  const done = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const started = await hasStarted(child);
  for (const fd of fds) close(fd);
  if (!started) return { pid: process.pid, done: Promise.resolve() };
  child.stdin?.on('error', () => undefined);
  child.stdin?.destroy();
  child.unref();
  return { pid: child.pid ?? 0, done };
}

function hasStarted(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
}
