import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { provideNpmPackage, type NpmPackage } from './npm-package.ts';
import { provided, unavailable, type Provided } from './provided.ts';

/** A prebuilt Go program inside an npm package. */
export interface RealProgram extends NpmPackage {
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
  const folder = await provideNpmPackage(program);
  if (!folder.ok) return folder;
  const path = join(folder.value, program.file);
  // Archives made elsewhere may lack the run bit.
  if ((statSync(path).mode & 0o100) === 0) chmodSync(path, 0o755);
  return provided(path);
}

function esbuild(version: string, go: string, sha512: string): RealProgram {
  return { package: '@esbuild/linux-x64', version, sha512, file: 'bin/esbuild', go };
}
