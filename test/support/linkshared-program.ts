import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { findCommand } from './find-command.ts';
import { goEnvironment, provideGoToolchain } from './go-toolchain.ts';
import { projectPaths } from './project-paths.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

/**
 * The program `idle` with crypto/tls in a shared library of Go code (`-linkshared`). It takes a Go that still builds
 * outside modules, since shared libraries of the standard library are made for a GOPATH only.
 */
export async function provideLinksharedProgram(): Promise<Provided<string>> {
  const toolchain = await provideGoToolchain('1.16.15');
  if (!toolchain.ok) return toolchain;
  if (findCommand('gcc') === undefined) return unavailable('there is no C compiler (gcc)');
  const folder = join(projectPaths.cache, 'go', `linkshared-${toolchain.value.version}`);
  const path = join(folder, 'idle');
  return withFileLock(`${folder}.lock`, async () => {
    if (existsSync(path)) return provided(path);
    const problem = await compile(toolchain.value.command, folder);
    return problem === undefined ? provided(path) : unavailable(`-linkshared: ${problem}`);
  });
}

async function compile(go: string, folder: string): Promise<string | undefined> {
  const scratch = `${folder}.${process.pid}`;
  const source = join(scratch, 'src/idle');
  mkdirSync(source, { recursive: true });
  try {
    for (const name of ['common/certificate.go', 'common/ready.go', 'idle/main.go']) {
      cpSync(join(projectPaths.programs, name), join(source, name.replace('/', '-')));
    }
    const env = goEnvironment({ GOPATH: scratch, GO111MODULE: 'off', CGO_ENABLED: '1' });
    const packages = ['-pkgdir', join(scratch, 'packages')];
    const library = [
      'install',
      '-buildmode=shared',
      '-linkshared',
      ...packages,
      'crypto/tls',
      'fmt',
      'bufio',
    ];
    const program = ['build', '-linkshared', ...packages, '-o', join(scratch, 'idle'), 'idle'];
    for (const args of [library, program]) {
      const result = await runCommand(go, args, { env, cwd: scratch, timeoutMs: 300_000 });
      if (result.code !== 0) return result.stderr.trim();
    }
    rmSync(join(scratch, 'packages'), { recursive: true });
    renameSync(scratch, folder);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
