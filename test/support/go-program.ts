import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { findCommand } from './find-command.ts';
import { goEnvironment, provideGoToolchain, type GoToolchain } from './go-toolchain.ts';
import { projectPaths } from './project-paths.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

/** How a program of test/programs is compiled. */
export interface GoBuild {
  /** Folder in test/programs. */
  readonly program:
    | 'exchange'
    | 'wrapped'
    | 'webserver'
    | 'fetch'
    | 'write'
    | 'faults'
    | 'edges'
    | 'load'
    | 'idle'
    | 'notls'
    | 'sockets'
    | 'keylog'
    | 'quickeys';
  /** `machine`, or a release such as `1.21.13`. */
  readonly toolchain: string;
  /** Arguments of `go build`. */
  readonly flags?: readonly string[];
  /** C code allowed; needs a C compiler. */
  readonly cgo?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Path of the compiled program, from the cache where the same sources were built the same way before. */
export async function provideGoProgram(build: GoBuild): Promise<Provided<string>> {
  const toolchain = await provideGoToolchain(build.toolchain);
  if (!toolchain.ok) return toolchain;
  if (build.cgo === true && findCommand('gcc') === undefined)
    return unavailable('there is no C compiler (gcc)');
  const folder = join(projectPaths.cache, 'go', `${build.program}-${digest(build, toolchain.value)}`);
  const path = join(folder, build.program);
  if (existsSync(path)) return provided(path);
  return withFileLock(`${folder}.lock`, async () =>
    existsSync(path) ? provided(path) : compile(build, toolchain.value, folder),
  );
}

async function compile(build: GoBuild, toolchain: GoToolchain, folder: string): Promise<Provided<string>> {
  const scratch = `${folder}.${process.pid}`;
  try {
    const sources = copySources(build, scratch);
    const result = await runCommand(
      toolchain.command,
      ['build', ...(build.flags ?? []), '-o', join(scratch, build.program), ...sources],
      { cwd: scratch, env: buildEnvironment(build, toolchain), timeoutMs: 300_000 },
    );
    if (result.code !== 0) {
      return unavailable(`Go ${toolchain.version} does not build ${build.program}: ${result.stderr.trim()}`);
    }
    renameSync(scratch, folder);
    return provided(join(folder, build.program));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** All files of a build must be in one folder, outside any module. */
function copySources(build: GoBuild, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return sourceFiles(build.program).map(({ path, name }) => {
    cpSync(path, join(folder, name));
    return name;
  });
}

function sourceFiles(program: string): { readonly path: string; readonly name: string }[] {
  return [join(projectPaths.programs, 'common'), join(projectPaths.programs, program)]
    .flatMap((folder) => readdirSync(folder).map((name) => ({ path: join(folder, name), name })))
    .filter(({ name }) => name.endsWith('.go') && !(withoutTls.has(program) && name === 'certificate.go'));
}

/** They must not link crypto/tls. */
const withoutTls: ReadonlySet<string> = new Set(['notls', 'sockets']);

function buildEnvironment(build: GoBuild, toolchain: GoToolchain): NodeJS.ProcessEnv {
  const minor = Number(toolchain.version.split('.')[1]);
  return goEnvironment({
    CGO_ENABLED: build.cgo === true ? '1' : '0',
    // Before 1.16, builds outside a module are not the default yet.
    ...(minor < 16 ? { GO111MODULE: 'off' } : {}),
    ...build.environment,
  });
}

function digest(build: GoBuild, toolchain: GoToolchain): string {
  const hash = createHash('sha256').update(JSON.stringify([build, toolchain.version, process.arch]));
  for (const { path, name } of sourceFiles(build.program))
    hash.update(`\0${name}\0`).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}
