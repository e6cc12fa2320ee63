import { fstatSync } from 'node:fs';
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
    this.fd = mountDetached('cgroup2');
    this.isWholeHost = fstatSync(this.fd, { bigint: true }).ino === rootInode;
  }

  [Symbol.dispose](): void {
    close(this.fd);
  }
}
