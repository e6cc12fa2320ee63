import { constants } from 'node:os';

// Two names of one number (EAGAIN, EWOULDBLOCK): the first is the usual one.
const names = new Map(
  Object.entries(constants.errno)
    .toReversed()
    .map(([name, number]) => [number, name]),
);

/** A system or library call that failed; `log` is what libbpf or the verifier said about it. */
export class SystemError extends Error {
  /** Name of the error, e.g. `EPERM`, or `E<number>` for one that Node does not know. */
  readonly code: string;
  readonly operation: string;
  readonly log: string;
  readonly #errno: number;

  constructor(operation: string, errno: number, log = '') {
    const code = names.get(Math.abs(errno)) ?? `E${Math.abs(errno)}`;
    super(`${operation}: ${code}`);
    this.name = 'SystemError';
    this.code = code;
    this.operation = operation;
    this.log = log;
    this.#errno = errno;
  }

  /** The same failure, with what was said about it. */
  withLog(log: string): SystemError {
    return new SystemError(this.operation, this.#errno, log);
  }

  /** The kernel said that a capability is missing, not that it cannot do it. */
  get isPermission(): boolean {
    return this.code === 'EPERM' || this.code === 'EACCES';
  }
}
