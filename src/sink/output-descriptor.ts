import fs from 'node:fs';

/**
 * A file descriptor for output and how it can be written without blocking:
 * `direct`: a write does not wait for a reader (regular files, /dev/null);
 * `non-blocking`: a write returns EAGAIN where it would wait;
 * `thread`: a write may wait, so it is done on a thread, one at a time.
 */
export interface OutputDescriptor {
  readonly fd: number;
  readonly mode: 'direct' | 'non-blocking' | 'thread';
  /** It was opened by us and is ours to close. */
  readonly own: boolean;
}

/**
 * Makes a descriptor of the process's own for stdout. Setting O_NONBLOCK on descriptor 1 would set it for every process
 * that shares its file description (the shell, a command that we started), so pipes and terminals are opened anew
 * through /proc. Sockets cannot be opened that way, nor can what belongs to another user; they are written on a thread.
 * Regular files keep the shared offset, so that `>>` and `(a; b) > file` work.
 */
export function openStdout(fd: number = 1): OutputDescriptor {
  const stat = fs.fstatSync(fd);
  if (stat.isFile() || stat.isBlockDevice()) return { fd, mode: 'direct', own: false };
  if (stat.isFIFO() || stat.isCharacterDevice()) {
    try {
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
      const own = fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
      return { fd: own, mode: 'non-blocking', own: true };
    } catch {
      // ENXIO: a pipe that nobody reads any more; the first write will say so. EACCES: not ours to open.
    }
  }
  return { fd, mode: 'thread', own: false };
}
