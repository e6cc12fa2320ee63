import fs from 'node:fs';
import { openStdout, type OutputDescriptor } from '../output-descriptor.ts';
import { openAppendedFile, type InvokingUser } from '../output-file.ts';
import { readKnownPairs } from './read-known-pairs.ts';
import { RecentPairs } from './recent-pairs.ts';

export interface OpenedKeyLog {
  readonly descriptor: OutputDescriptor;
  /** What the file holds already. */
  readonly known: RecentPairs;
  /** Its last line lacks its end. */
  readonly isCut: boolean;
}

/**
 * Opens a key log to append to it; `-` is stdout.
 *
 * @throws {UserError} when it cannot be opened
 */
export function openKeyLog(path: string, owner: InvokingUser | null): OpenedKeyLog {
  const known = new RecentPairs();
  if (path === '-') return { descriptor: openStdout(), known, isCut: false };
  const descriptor = openAppendedFile(path, owner);
  const stat = fs.fstatSync(descriptor.fd);
  if (!stat.isFile() || stat.size === 0) return { descriptor, known, isCut: false };
  // The descriptor is for writing only; the same file is read through another one.
  const reader = fs.openSync(`/proc/self/fd/${descriptor.fd}`, 'r');
  try {
    readKnownPairs(reader, stat.size, known);
    return { descriptor, known, isCut: endsWithinLine(reader, stat.size) };
  } finally {
    fs.closeSync(reader);
  }
}

/** A writer that was killed, or whose disk was full, leaves half a line. */
function endsWithinLine(fd: number, sizeBytes: number): boolean {
  const last = Buffer.alloc(1);
  return fs.readSync(fd, last, 0, 1, sizeBytes - 1) === 1 && last[0] !== 0x0a;
}
