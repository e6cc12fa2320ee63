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

/** More of them, for the long matrix. */
export const moreEsbuildReleases: readonly RealProgram[] = [
  esbuild(
    '0.18.20',
    '1.20.7',
    'UYqiqemphJcNsFEskc73jQ7B9jgwjWrSayxawS6UVFZGWrAAtkzjxSqnoclCXxWtfwLdzU+vTpcNYhpn43uP1w==',
  ),
  esbuild(
    '0.19.12',
    '1.20.12',
    'B71g1QpxfwBvNrfyJdVDexenDIt1CiDN1TIXLbhOw0KhJzE78KIFGX6OJ9MrtC0oOqMWf+0xop4qEU8JrJTwCg==',
  ),
  esbuild(
    '0.20.2',
    '1.20.12',
    '1MdwI6OOTsfQfek8sLwgyjOXAu+wKhLEoaOLTjbijk6E2WONYpH9ZU2mNtR+lZ2B4uwr+usqGuVfFT9tMtGvGw==',
  ),
  esbuild(
    '0.23.1',
    '1.22.5',
    'EV6+ovTsEXCPAp58g2dD68LxoP/wK5pRvgy0J/HxPGB009omFPv3Yet0HiaqvrIrgPTBuC6wCH1LTOY91EO5hQ==',
  ),
  esbuild(
    '0.24.2',
    '1.23.1',
    '8Qi4nQcCTbLnK9WoMjdC9NiTG6/E38RNICU6sUNqK0QFxCYgoARqVqxdFmWkdonVsvGqWhmm7MO0jyTqLqwj0Q==',
  ),
  esbuild(
    '0.27.2',
    '1.25.5',
    'uwp2Tip5aPmH+NRUwTcfLb+W32WXjpFejTIOWZFw/v7/KnpCDKG66u4DLcurQpiYTiYwQ9B7KOeMJvLCu/OvbA==',
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
