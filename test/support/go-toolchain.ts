import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findCommand } from './find-command.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

export interface GoToolchain {
  /** Its `go` command. */
  readonly command: string;
  /** `1.21.13` */
  readonly version: string;
}

/**
 * A Go toolchain: the machine's own, or a release such as `1.16.15`, downloaded through the Go module proxy into the
 * module cache. Downloads of one release by several processes at once are serialised by Go itself.
 */
export async function provideGoToolchain(version: string): Promise<Provided<GoToolchain>> {
  const machine = await machineToolchain();
  if (version === 'machine' || !machine.ok || machine.value.version === version) return machine;
  const root = switchesToolchains(machine.value.version)
    ? await rootBySwitching(machine.value.command, version)
    : await rootByDownload(machine.value.command, version);
  if (!root.ok) return root;
  return provided({ command: join(root.value, 'bin/go'), version });
}

/** The settings of whoever runs the tests must not reach a build: an older Go does not even know newer ones. */
export function goEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(GO|CGO_)/.test(name) || /^(GOPROXY|GOSUMDB|GOMODCACHE|GOCACHE|GOPATH)$/.test(name),
  );
  return {
    HOME: homedir(),
    ...readProxies(),
    ...Object.fromEntries(kept),
    GOENV: 'off',
    GOFLAGS: '',
    GOTOOLCHAIN: 'local',
    ...more,
  };
}

let proxies: Readonly<Record<string, string>> | undefined;

/** Where modules come from may be set by `go env -w`, in the file that builds do not read. */
function readProxies(): Readonly<Record<string, string>> {
  proxies ??= Object.fromEntries(
    ['GOPROXY', 'GOSUMDB'].map((name) => [
      name,
      spawnSync('go', ['env', name], { encoding: 'utf8' }).stdout?.trim(),
    ]),
  );
  return proxies;
}

async function machineToolchain(): Promise<Provided<GoToolchain>> {
  const command = findCommand('go');
  if (command === undefined) return unavailable('there is no Go on this machine');
  const result = await runCommand(command, ['version'], { env: goEnvironment(), timeoutMs: 30_000 });
  const version = /\bgo(1\.\S+)/.exec(result.stdout)?.[1];
  if (version === undefined) return unavailable(`${command} version failed: ${result.stderr.trim()}`);
  return provided({ command, version });
}

/** Go 1.21 and later download and run another release by themselves. */
function switchesToolchains(version: string): boolean {
  return Number(version.split('.')[1]?.match(/^\d+/)?.[0] ?? 0) >= 21;
}

async function rootBySwitching(command: string, version: string): Promise<Provided<string>> {
  const env = goEnvironment({ GOTOOLCHAIN: `go${version}` });
  const result = await runCommand(command, ['env', 'GOROOT'], { env, cwd: '/', timeoutMs: downloadLimitMs });
  if (result.code !== 0) return unavailable(`Go ${version} cannot be had: ${lastLine(result.stderr)}`);
  return provided(result.stdout.trim());
}

/** Any Go with modules can download the same files as a module; only their run bits are missing then. */
async function rootByDownload(command: string, version: string): Promise<Provided<string>> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const module = `golang.org/toolchain@v0.0.1-go${version}.linux-${architecture}`;
  const result = await runCommand(command, ['mod', 'download', '-json', module], {
    env: goEnvironment({ GO111MODULE: 'on' }),
    cwd: '/',
    timeoutMs: downloadLimitMs,
  });
  const root = /"Dir": "(.+)"/.exec(result.stdout)?.[1];
  if (root === undefined) return unavailable(`Go ${version} cannot be had: ${lastLine(result.stderr)}`);
  makeExecutable(join(root, 'bin'));
  makeExecutable(join(root, 'pkg/tool'));
  return provided(root);
}

function makeExecutable(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = statSync(path);
    if ((mode & 0o100) === 0) chmodSync(path, mode | 0o555);
  }
}

/** 70 to 150 MB each. */
const downloadLimitMs = 300_000;

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
