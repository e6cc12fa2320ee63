import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withFileLock } from '../../support/file-lock.ts';
import { goEnvironment, provideGoToolchain } from '../../support/go-toolchain.ts';
import { projectPaths } from '../../support/project-paths.ts';
import { provided, unavailable, type Provided } from '../../support/provided.ts';
import { runCommand } from '../../support/run-command.ts';

/** What bench/gosym prints. Addresses are those of the function table plus the text address it was given. */
export interface GosymResult {
  /** User and system time of all threads for reading the table and looking up. */
  readonly cpuNs: number;
  readonly functions: readonly {
    readonly name: string;
    readonly address: number;
    readonly endAddress: number;
  }[];
}

/** Runs Go's own debug/gosym on a function table; no names: all functions. */
export type Gosym = (
  table: {
    readonly path: string;
    readonly offset: number;
    readonly lengthBytes: number;
    readonly textAddress: number;
  },
  names?: readonly string[],
) => Promise<GosymResult>;

/** bench/gosym, compiled by a Go that knows every layout of the table. */
export async function provideGosym(): Promise<Provided<Gosym>> {
  const toolchain = await provideGoToolchain('1.27.4');
  if (!toolchain.ok) return toolchain;
  const source = join(projectPaths.root, 'bench/gosym/main.go');
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const path = join(projectPaths.cache, `gosym/gosym-${toolchain.value.version}-${digest}`);
  mkdirSync(dirname(path), { recursive: true });
  return withFileLock(`${path}.lock`, async () => {
    if (existsSync(path)) return provided(gosymAt(path));
    const scratch = `${path}.${process.pid}`;
    const result = await runCommand(toolchain.value.command, ['build', '-o', scratch, source], {
      cwd: dirname(source),
      env: goEnvironment({ CGO_ENABLED: '0' }),
      timeoutMs: 300_000,
    });
    if (result.code !== 0) return unavailable(`bench/gosym does not compile: ${result.stderr.trim()}`);
    renameSync(scratch, path);
    return provided(gosymAt(path));
  });
}

function gosymAt(command: string): Gosym {
  return async ({ path, offset, lengthBytes, textAddress }, names = []) => {
    const numbers = [offset, lengthBytes, textAddress].map(String);
    const result = await runCommand(command, [path, ...numbers, ...names], { timeoutMs: 60_000 });
    if (result.code !== 0) throw new Error(`gosym ${path}: ${result.stderr}`);
    return JSON.parse(result.stdout) as GosymResult;
  };
}
