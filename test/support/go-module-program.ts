import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { goEnvironment, provideGoToolchain } from './go-toolchain.ts';
import { projectPaths } from './project-paths.ts';
import { provided, unavailable, type Provided } from './provided.ts';
import { runCommand } from './run-command.ts';

/** Path of a program of test/programs that needs modules of others: those that its go.sum names, from the module proxy. */
export async function provideModuleProgram(program: 'quic' | 'utls'): Promise<Provided<string>> {
  const toolchain = await provideGoToolchain('machine');
  if (!toolchain.ok) return toolchain;
  const files = ['common', program].flatMap((folder) =>
    readdirSync(join(projectPaths.programs, folder)).map((name) => join(projectPaths.programs, folder, name)),
  );
  const hash = createHash('sha256').update(toolchain.value.version);
  for (const file of files) hash.update(`\0${basename(file)}\0`).update(readFileSync(file));
  const folder = join(projectPaths.cache, 'go', `${program}-${hash.digest('hex').slice(0, 16)}`);
  const path = join(folder, program);
  if (existsSync(path)) return provided(path);
  return withFileLock(`${folder}.lock`, async () => {
    if (existsSync(path)) return provided(path);
    const scratch = `${folder}.${process.pid}`;
    try {
      mkdirSync(scratch, { recursive: true });
      for (const file of files) cpSync(file, join(scratch, basename(file)));
      const result = await runCommand(toolchain.value.command, ['build', '-o', program, '.'], {
        cwd: scratch,
        env: goEnvironment({ CGO_ENABLED: '0', GO111MODULE: 'on' }),
        timeoutMs: 300_000,
      });
      if (result.code !== 0) return unavailable(`${program} cannot be built: ${result.stderr.trim()}`);
      renameSync(scratch, folder);
      return provided(path);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}
