import fs from 'node:fs';
import { toErrnoError } from '../util/errno-error.ts';
import { UserError, exitCode } from '../util/user-error.ts';
import type { OutputDescriptor } from './output-descriptor.ts';

/** The user behind sudo, who is to own the files that we make. */
export interface InvokingUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Opens a file that will hold captured data: readable by its owner only, never through a symbolic link, emptied if it
 * exists. A file made here belongs to `owner`; one that existed keeps its owner.
 *
 * @throws {UserError} when it cannot be opened
 */
export function openOutputFile(path: string, owner: InvokingUser | null): OutputDescriptor {
  return openSecretFile(path, owner, O_TRUNC);
}

/** As {@link openOutputFile}, but what an existing file holds stays, and everything is written behind it. */
export function openAppendedFile(path: string, owner: InvokingUser | null): OutputDescriptor {
  return openSecretFile(path, owner, O_APPEND);
}

function openSecretFile(path: string, owner: InvokingUser | null, flags: number): OutputDescriptor {
  try {
    return openExclusive(path, owner, flags) ?? openExisting(path, flags);
  } catch (error) {
    throw unwritable(path, toErrnoError(error));
  }
}

/** The user who called sudo, or null; `uid` is the process's effective user. */
export function findInvokingUser(
  uid: number,
  environment: Readonly<Record<string, string | undefined>>,
): InvokingUser | null {
  const { SUDO_UID: sudoUid = '', SUDO_GID: sudoGid = '' } = environment;
  if (uid !== 0 || !/^\d+$/.test(sudoUid) || !/^\d+$/.test(sudoGid)) return null;
  return { uid: Number(sudoUid), gid: Number(sudoGid) };
}

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_TRUNC, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = fs.constants;

function openExclusive(
  path: string,
  owner: InvokingUser | null,
  flags: number,
): OutputDescriptor | undefined {
  try {
    const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | flags, 0o600);
    if (owner !== null) fs.fchownSync(fd, owner.uid, owner.gid);
    return { fd, mode: 'direct', own: true };
  } catch (error) {
    if (toErrnoError(error).code === 'EEXIST') return undefined;
    throw error;
  }
}

function openExisting(path: string, flags: number): OutputDescriptor {
  // Without O_NONBLOCK, opening a named pipe would wait for its reader.
  const fd = fs.openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags);
  // Only regular files: the mode of /dev/null is not ours to change.
  if (!fs.fstatSync(fd).isFile()) return { fd, mode: 'non-blocking', own: true };
  fs.fchmodSync(fd, 0o600);
  return { fd, mode: 'direct', own: true };
}

function unwritable(path: string, error: NodeJS.ErrnoException): UserError {
  const [reason, remedy] = explanations[error.code ?? ''] ?? [error.message, 'choose another file'];
  return new UserError({
    message: `cannot write ${path}`,
    reason,
    remedy,
    exitCode: exitCode.failed,
    cause: error,
  });
}

const explanations: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: [
    'permission denied; in a world-writable folder such as /tmp the kernel refuses files of other users, even to root',
    'choose a file in a folder of your own',
  ],
  EISDIR: ['it is a folder', 'name a file in it'],
  ELOOP: [
    'it is a symbolic link; links are not followed, since captured data is secret',
    'name the file itself',
  ],
  ENOENT: ['its folder does not exist', 'make the folder first'],
  ENOSPC: ['no space left on the device', 'choose another file system'],
  ENOTDIR: ['part of its path is not a folder', 'check the path'],
  ENXIO: ['it is a named pipe that nobody reads', 'start its reader first'],
  EROFS: ['the file system is read-only', 'choose another file system'],
};
