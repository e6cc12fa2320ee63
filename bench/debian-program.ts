import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from '../test/support/find-command.ts';
import { projectPaths } from '../test/support/project-paths.ts';
import { provided, unavailable, type Provided } from '../test/support/provided.ts';
import { runCommand } from '../test/support/run-command.ts';

/** A program of a Debian package, unpacked into the cache and not installed. */
export async function provideDebianProgram(packageName: string, file: string): Promise<Provided<string>> {
  const folder = join(projectPaths.cache, 'debian', packageName);
  const path = join(folder, file);
  if (existsSync(path)) return provided(path);
  if (findCommand('apt-get') === undefined) return unavailable('there is no apt-get');
  const scratch = `${folder}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const download = await runCommand('apt-get', ['download', packageName], {
      cwd: scratch,
      timeoutMs: 300_000,
    });
    const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (archive === undefined) return unavailable(`no package ${packageName}: ${download.stderr.trim()}`);
    const unpack = await runCommand('dpkg-deb', ['-x', archive, '.'], { cwd: scratch, timeoutMs: 120_000 });
    if (unpack.code !== 0) return unavailable(`${archive}: ${unpack.stderr.trim()}`);
    renameSync(scratch, folder);
    return existsSync(path) ? provided(path) : unavailable(`${archive} holds no ${file}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
