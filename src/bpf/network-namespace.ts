import { closeSync, fstatSync, openSync } from 'node:fs';
import { enterNetworkNamespace } from './libc.ts';

/** A network namespace, kept open: it lives at least as long. */
export class NetworkNamespace implements Disposable {
  /** Tells namespaces apart: two paths may lead to one. */
  readonly inode: bigint;
  readonly #fd: number;

  /** `path` of a namespace, e.g. `/proc/PID/ns/net`. Throws the error of `open`. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.inode = fstatSync(this.#fd, { bigint: true }).ino;
  }

  /**
   * Does something in this namespace and comes back. Only this thread moves, so it must be synchronous, and what it
   * opens (sockets, links) stays in the namespace for good.
   */
  run<T>(action: () => T): T {
    if (this.inode === ownInode()) return action();
    const own = openSync(ownPath, 'r');
    try {
      enterNetworkNamespace(this.#fd);
      try {
        return action();
      } finally {
        enterNetworkNamespace(own);
      }
    } finally {
      closeSync(own);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

const ownPath = '/proc/self/ns/net';

function ownInode(): bigint {
  const fd = openSync(ownPath, 'r');
  try {
    return fstatSync(fd, { bigint: true }).ino;
  } finally {
    closeSync(fd);
  }
}
