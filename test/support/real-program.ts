import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { projectPaths } from './project-paths.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

/** A prebuilt Go program inside an npm package, pinned by the package's SHA-512. */
export interface RealProgram {
  readonly package: string;
  readonly version: string;
  readonly sha512: string;
  /** Inside the package. */
  readonly file: string;
  /** The compiler that made it. */
  readonly go: string;
}

/** Releases of esbuild that can serve HTTPS, each from another compiler. */
export const esbuildReleases: readonly RealProgram[] = [
  esbuild(
    '0.17.0',
    '1.19.4',
    'o7FhBLONk1mLT2ytlj/j/WuJcPdhWcVpysSJn1s9+zRdLwLKveipbPi5SIasJIqMq0T4CkQW76pxJYMqz9HrQA==',
  ),
  esbuild(
    '0.21.5',
    '1.20.12',
    '1rYdTpyv03iycF1+BhzrzQJCdOuAOtaqHTWJZCWvijKD2N5Xu0TtVC8/+1faWqcP9iBCWOmjmhoH94dH82BxPQ==',
  ),
  esbuild(
    '0.25.12',
    '1.23.12',
    'uqZMTLr/zR/ed4jIGnwSLkaHmPjOjJvnm6TVVitAa08SLS9Z0VM8wIRx7gWbJB5/J54YuIMInDquWyYvQLZkgw==',
  ),
  esbuild(
    '0.28.2',
    '1.26.5',
    '4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==',
  ),
];

/** Path of the program, downloaded once with npm and checked. */
export async function provideRealProgram(program: RealProgram): Promise<Provided<string>> {
  if (process.arch !== 'x64') return unavailable(`${program.package} is for x86-64`);
  const folder = join(
    projectPaths.cache,
    'programs',
    `${program.package.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-/, '')}-${program.version}`,
  );
  const path = join(folder, 'package', program.file);
  if (existsSync(path)) return provided(path);
  return withFileLock(`${folder}.lock`, async () => {
    if (!existsSync(path)) {
      const problem = await download(program, folder);
      if (problem !== undefined) return unavailable(problem);
    }
    return provided(path);
  });
}

async function download(program: RealProgram, folder: string): Promise<string | undefined> {
  const scratch = `${folder}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const name = `${program.package}@${program.version}`;
    const pack = await runCommand('npm', ['pack', '--silent', '--pack-destination', scratch, name], {
      timeoutMs: 120_000,
    });
    const archive = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
    if (pack.code !== 0 || archive === undefined) return `npm has no ${name} for us: ${pack.stderr.trim()}`;
    const sum = createHash('sha512')
      .update(readFileSync(join(scratch, archive)))
      .digest('base64');
    // Not what was pinned: neither run it nor pass over it in silence.
    if (sum !== program.sha512)
      throw new Error(`${name} is not the package that was pinned: its SHA-512 is ${sum}`);
    const unpack = await runCommand('tar', ['xzf', archive], { cwd: scratch, timeoutMs: 60_000 });
    if (unpack.code !== 0) return `cannot unpack ${archive}: ${unpack.stderr.trim()}`;
    chmodSync(join(scratch, 'package', program.file), 0o755);
    renameSync(scratch, folder);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function esbuild(version: string, go: string, sha512: string): RealProgram {
  return { package: '@esbuild/linux-x64', version, sha512, file: 'bin/esbuild', go };
}
