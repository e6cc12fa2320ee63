import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from './find-command.ts';
import { projectPaths } from './project-paths.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

/** Changes a working program into a broken one of the same kind; `name` is that of the result. */
export function provideChangedProgram(
  program: string,
  name: string,
  change: (bytes: Buffer) => Buffer,
): string {
  return writeProgram(name, change(readFileSync(program)));
}

/** Cut off in the middle, as by a full disk. */
export function truncate(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}

/** Without the header of the function table, as a program is whose line table was removed. */
export function removeLineTable(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (const at of functionTables(changed)) changed.fill(0, at, at + 8);
  return changed;
}

/** Another magic number in the function table, which is how garble hides it. */
export function obfuscate(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (const at of functionTables(changed)) changed.writeUInt32LE(0x5d_31_9c_07, at);
  return changed;
}

/** Where the first eight bytes of a function table stand: magic, two zeros, quantum (x86-64, arm64), pointer size. */
function functionTables(bytes: Buffer): readonly number[] {
  // Go 1.2, 1.16, 1.18 and 1.20: the machine's own Go may be any of them.
  const headers = [0xfb, 0xfa, 0xf0, 0xf1].flatMap((magic) =>
    [1, 4].map((quantum) => Buffer.from([magic, 0xff, 0xff, 0xff, 0, 0, quantum, 8])),
  );
  return headers.flatMap((header) => {
    const found: number[] = [];
    for (let at = bytes.indexOf(header); at >= 0; at = bytes.indexOf(header, at + 1)) found.push(at);
    return found;
  });
}

export function provideTextFile(): string {
  return writeProgram('script.sh', Buffer.from('#!/bin/sh\nexec sleep 1\n'));
}

export function provideEmptyFile(): string {
  return writeProgram('empty', Buffer.alloc(0));
}

/** A program packed by UPX: nothing of it is readable on disk. */
export async function providePackedProgram(program: string): Promise<Provided<string>> {
  const upx = findCommand('upx');
  if (upx === undefined) return unavailable('upx is not installed');
  return makeProgram('packed', upx, (path) => ['-1', '-q', '-f', '-o', path, program]);
}

/** Compiled by the Go of GCC, which makes no Go function table. */
export async function provideGccgoProgram(): Promise<Provided<string>> {
  const gccgo = ['gccgo', 'gccgo-14', 'gccgo-13', 'gccgo-12']
    .map(findCommand)
    .find((found) => found !== undefined);
  if (gccgo === undefined) return unavailable('gccgo is not installed');
  const sources = ['common/ready.go', 'notls/main.go'].map((name) => join(projectPaths.programs, name));
  return makeProgram('gccgo', gccgo, (path) => ['-o', path, ...sources]);
}

function writeProgram(name: string, bytes: Buffer): string {
  const { path, scratch } = places(name);
  writeFileSync(scratch, bytes, { mode: 0o755 });
  renameSync(scratch, path);
  return path;
}

async function makeProgram(
  name: string,
  command: string,
  args: (path: string) => readonly string[],
): Promise<Provided<string>> {
  const { path, scratch } = places(name);
  const result = await runCommand(command, args(scratch), { timeoutMs: 120_000 });
  if (result.code !== 0) return unavailable(`${command}: ${result.stderr.trim()}`);
  renameSync(scratch, path);
  return provided(path);
}

/** Made beside and moved there: another test may be making the same one. */
function places(name: string): { path: string; scratch: string } {
  const path = join(projectPaths.cache, 'odd', name);
  mkdirSync(dirname(path), { recursive: true });
  return { path, scratch: `${path}.${process.pid}` };
}
