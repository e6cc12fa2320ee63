import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { openFileSource, type FileSource } from '../binary/file-source.ts';
import { isSystemError } from '../util/is-system-error.ts';
import { exitCode, UserError } from '../util/user-error.ts';

/** A file to probe, held open: what was planned is what is attached, whatever happens to its path meanwhile. */
export interface TargetFile extends Disposable {
  /** As it is shown. */
  readonly path: string;
  readonly source: FileSource;
  /** The file's bytes as they are now, past any cache: shorter at its end. */
  readonly readNow: (offset: number, lengthBytes: number) => Buffer;
  /** Names the open file to the kernel. */
  readonly attachPath: string;
  /** Device and inode: the same file by whatever path. */
  readonly key: string;
}

/** @throws {UserError} when it cannot be opened or read */
export function openTargetPath(path: string, shownPath: string = path): TargetFile {
  let fd: number;
  try {
    // O_NONBLOCK: a named pipe must not hold us.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unopenable(shownPath, error);
  }
  const opened = openFileSource(fd);
  if (!opened.ok) {
    closeSync(fd);
    throw new UserError({
      message: `cannot capture ${shownPath}: it is not a program file`,
      reason: opened.problem.detail,
      remedy: 'name the executable file of a program, or its process: --pid N',
      exitCode: exitCode.targetUnusable,
    });
  }
  return {
    path: shownPath,
    source: opened.source,
    readNow: (offset, lengthBytes) => {
      const bytes = Buffer.alloc(lengthBytes);
      return bytes.subarray(0, readSync(fd, bytes, 0, lengthBytes, offset));
    },
    attachPath: `/proc/self/fd/${fd}`,
    key: fileKey(fd),
    [Symbol.dispose]: () => {
      opened.source.close();
      closeSync(fd);
    },
  };
}

/** The executable of a process, by /proc, so that containers and deleted files work too. */
export function openTargetProcess(pid: number): TargetFile {
  return openTargetPath(`/proc/${pid}/exe`, readExecutablePath(pid));
}

/** @throws {UserError} when there is no such process, or it is not ours to look at */
function readExecutablePath(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch (error) {
    throw unreadableProcess(pid, error);
  }
}

/** Undefined when it cannot be looked at. */
export function findFileKey(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return fileKey(fd);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function fileKey(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}

function unopenable(path: string, error: unknown): UserError {
  const code = isSystemError(error) ? error.code : '';
  const permission = code === 'EACCES' || code === 'EPERM';
  return new UserError({
    message: `cannot open ${path}`,
    reason: code === 'ENOENT' ? 'no such file' : String(error),
    remedy: permission
      ? 'run it with sudo, or see: tlstap doctor'
      : 'check the path; --pid N takes a running process',
    exitCode: permission ? exitCode.privilege : exitCode.targetUnusable,
    cause: error,
  });
}

function unreadableProcess(pid: number, error: unknown): UserError {
  if (isSystemError(error) && (error.code === 'EACCES' || error.code === 'EPERM')) {
    return new UserError({
      message: `cannot look at process ${pid}`,
      reason: 'it belongs to another user, and the kernel lets only CAP_SYS_PTRACE look at it',
      remedy: 'run it with sudo, or see: tlstap doctor',
      exitCode: exitCode.privilege,
      cause: error,
    });
  }
  return new UserError({
    message: `cannot capture process ${pid}`,
    reason: `there is no process ${pid}, or it is a kernel thread without an executable`,
    remedy: 'check the number with: ps -p ' + String(pid),
    exitCode: exitCode.targetUnusable,
    cause: error,
  });
}
