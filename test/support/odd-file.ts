import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  const path = oddPath(name);
  writeFileSync(path, change(readFileSync(program)), { mode: 0o755 });
  return path;
}

/** Cut off in the middle, as by a full disk. */
export function truncate(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}

/** Without the header of the function table, as a program is whose line table was removed. */
export function removeLineTable(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  // The first eight bytes of the table since Go 1.20 for x86-64 and arm64: magic, two zeros, quantum, pointer size.
  for (const quantum of [1, 4]) {
    const header = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, quantum, 8]);
    for (let at = changed.indexOf(header); at >= 0; at = changed.indexOf(header, at + 1))
      changed.fill(0, at, at + 8);
  }
  return changed;
}

/** Another magic number in the function table, which is how garble hides it. */
export function obfuscate(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (const quantum of [1, 4]) {
    const header = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, quantum, 8]);
    for (let at = changed.indexOf(header); at >= 0; at = changed.indexOf(header, at + 1)) {
      changed.writeUInt32LE(0x5d_31_9c_07, at);
    }
  }
  return changed;
}

export function provideTextFile(): string {
  const path = oddPath('script.sh');
  writeFileSync(path, '#!/bin/sh\nexec sleep 1\n', { mode: 0o755 });
  return path;
}

export function provideEmptyFile(): string {
  const path = oddPath('empty');
  writeFileSync(path, '', { mode: 0o755 });
  return path;
}

/** A program packed by UPX: nothing of it is readable on disk. */
export async function providePackedProgram(program: string): Promise<Provided<string>> {
  const upx = findCommand('upx');
  if (upx === undefined) return unavailable('upx is not installed');
  const path = oddPath('packed');
  const result = await runCommand(upx, ['-1', '-q', '-f', '-o', path, program], { timeoutMs: 120_000 });
  return result.code === 0 ? provided(path) : unavailable(`upx: ${result.stderr.trim()}`);
}

/** Compiled by the Go of GCC, which makes no Go function table. */
export async function provideGccgoProgram(): Promise<Provided<string>> {
  const gccgo = ['gccgo', 'gccgo-14', 'gccgo-13', 'gccgo-12']
    .map(findCommand)
    .find((found) => found !== undefined);
  if (gccgo === undefined) return unavailable('gccgo is not installed');
  const path = oddPath('gccgo');
  const sources = ['common/ready.go', 'notls/main.go'].map((name) => join(projectPaths.programs, name));
  const result = await runCommand(gccgo, ['-o', path, ...sources], { timeoutMs: 120_000 });
  return result.code === 0 ? provided(path) : unavailable(`gccgo: ${result.stderr.trim()}`);
}

function oddPath(name: string): string {
  const path = join(projectPaths.cache, 'odd', `${process.pid}`, name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
