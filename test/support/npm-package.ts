import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { projectPaths } from './project-paths.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

/** A package of npm's registry, pinned by the SHA-512 of its archive in base64. */
export interface NpmPackage {
  readonly package: string;
  readonly version: string;
  readonly sha512: string;
}

/** Folder with the package's files, downloaded once with npm and checked. Nothing of it is run. */
export async function provideNpmPackage(wanted: NpmPackage): Promise<Provided<string>> {
  const name = wanted.package.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '');
  const folder = join(projectPaths.cache, 'programs', `${name}-${wanted.version}`);
  const path = join(folder, 'package');
  if (existsSync(path)) return provided(path);
  return withFileLock(`${folder}.lock`, async () => {
    if (!existsSync(path)) {
      const problem = await download(wanted, folder);
      if (problem !== undefined) return unavailable(problem);
    }
    return provided(path);
  });
}

async function download(wanted: NpmPackage, folder: string): Promise<string | undefined> {
  const scratch = `${folder}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const name = `${wanted.package}@${wanted.version}`;
    const pack = await runCommand('npm', ['pack', '--silent', '--pack-destination', scratch, name], {
      timeoutMs: 120_000,
    });
    const archive = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
    if (pack.code !== 0 || archive === undefined) return `npm has no ${name} for us: ${pack.stderr.trim()}`;
    const sum = createHash('sha512')
      .update(readFileSync(join(scratch, archive)))
      .digest('base64');
    // Not what was pinned: neither run it nor pass over it in silence.
    if (sum !== wanted.sha512)
      throw new Error(`${name} is not the package that was pinned: its SHA-512 is ${sum}`);
    const unpack = await runCommand('tar', ['xzf', archive], { cwd: scratch, timeoutMs: 60_000 });
    if (unpack.code !== 0) return `cannot unpack ${archive}: ${unpack.stderr.trim()}`;
    renameSync(scratch, folder);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
