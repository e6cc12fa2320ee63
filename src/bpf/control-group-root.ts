import { constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { close, mountDetached } from './libc.ts';

/** kernfs numbers the root of its tree 1. */
const rootInode = 1n;

/**
 * The topmost control group (cgroup2) that this process may see, held open by a mount of its own that appears nowhere: it
 * does not matter whether and where the host has mounted it. Throws `SystemError` where the kernel has none.
 */
export class ControlGroupRoot implements Disposable {
  readonly fd: number;
  /** False in a cgroup namespace: then processes outside of it are not below this one. */
  readonly isWholeHost: boolean;

  constructor() {
    this.fd = openRoot();
    this.isWholeHost = fstatSync(this.fd, { bigint: true }).ino === rootInode;
  }

  [Symbol.dispose](): void {
    close(this.fd);
  }
}

/** Mounting needs CAP_SYS_ADMIN, which programs of control groups do not: then what is mounted has to do. */
function openRoot(): number {
  try {
    return mountDetached('cgroup2');
  } catch (error) {
    const path = findMount();
    if (path === undefined) throw error;
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  }
}

/** /proc/self/mounts: `device path type options …`; characters that would be in the way are octal (proc_pid_mounts(5)). */
function findMount(): string | undefined {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const mount = lines.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2');
  return mount?.[1]?.replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 8)),
  );
}
