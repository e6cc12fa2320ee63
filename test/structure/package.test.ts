import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectPaths } from '../support/project-paths.ts';
import { runCommand } from '../support/run-command.ts';

let folder = '';
let files: readonly string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tlstap-package-'));
  const packed = await npm(['pack', '--silent', '--pack-destination', folder], projectPaths.root);
  expect(packed.stderr).toBe('');
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const listed = await runCommand('tar', ['-tzf', join(folder, tarball)], { timeoutMs: 30_000 });
  files = listed.stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));

  mkdirSync(join(folder, 'user'));
  const flags = ['--ignore-scripts', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  const installed = await npm(['install', ...flags, join(folder, tarball)], join(folder, 'user'));
  expect(installed.code, installed.stderr).toBe(0);
}, 180_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the package holds the built program, the BPF objects of both architectures, and the licences', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'dist/main.js',
      'dist/bpf/x86-64/gotls.bpf.o',
      'dist/bpf/arm64/gotls.bpf.o',
      'LICENSE',
      'LICENSE.BPF',
      'README.md',
      'CHANGELOG.md',
      'package.json',
    ]),
  );
});

test('the package holds nothing else: no sources, tests or leftovers', () => {
  const expected =
    /^(?:dist\/main\.js|dist\/cli\/[a-z0-9-]+\.js|dist\/bpf\/(?:x86-64|arm64)\/[a-z0-9-]+\.bpf\.o|[A-Z]+(?:\.BPF|\.md)?|package\.json)$/;
  expect(files.filter((path) => !expected.test(path))).toEqual([]);
  // Each chunk is the program's: those of an earlier build are gone.
  expect(files.filter((path) => path.startsWith('dist/cli/')).length).toBeLessThan(40);
});

test('what is installed runs where there is only node: no compiler, no build', async () => {
  const path = join(folder, 'path');
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, 'node'));
  const version = await runCommand(join(folder, 'user/node_modules/.bin/tlstap'), ['--version'], {
    env: { PATH: path },
    timeoutMs: 20_000,
  });
  expect(version.stderr).toBe('');
  expect(version.code).toBe(0);
  expect(version.stdout).toContain(packageVersion());
});

test('an installation brings two packages and the binary of one, and none of what develops them', () => {
  const installed = readdirSync(join(folder, 'user/node_modules')).filter((name) => !name.startsWith('.'));
  expect(installed.toSorted()).toEqual(['@koromix', 'commander', 'koffi', 'tlstap']);
});

function npm(args: readonly string[], cwd: string): ReturnType<typeof runCommand> {
  // Below `npm test`, npm would take the outer run's package and options for its own.
  const outer =
    /^npm_(?:package|lifecycle|command|execpath|config_local_prefix|config_loglevel|config_silent)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !outer.test(name)));
  return runCommand('npm', args, { cwd, env, timeoutMs: 120_000 });
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(projectPaths.root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
