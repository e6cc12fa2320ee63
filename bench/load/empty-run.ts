import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectPaths } from '../../test/support/project-paths.ts';

/** Empty programs at the sites of `program`, until disposed. */
export class EmptyRun implements Disposable {
  readonly #child: ChildProcessWithoutNullStreams;

  static async start(program: string): Promise<EmptyRun> {
    const run = new EmptyRun(program);
    await new Promise<void>((resolve, reject) => {
      run.#child.stdout.once('data', () => resolve());
      run.#child.once('exit', (code) => reject(new Error(`the empty programs ended with ${code}`)));
    });
    return run;
  }

  private constructor(program: string) {
    this.#child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'empty-probes.js'), compileObject(), program],
      {
        stdio: 'pipe',
      },
    );
    this.#child.stderr.pipe(process.stderr);
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

function compileObject(): string {
  const object = join(projectPaths.cache, 'bench-empty/empty.bpf.o');
  mkdirSync(join(object, '..'), { recursive: true });
  const source = join(projectPaths.root, 'bench/load/empty.bpf.c');
  const headers = ['/usr/include/x86_64-linux-gnu', '/usr/include/aarch64-linux-gnu'];
  const flags = ['-target', 'bpf', '-O2', '-g', ...headers.flatMap((folder) => ['-idirafter', folder])];
  execFileSync('clang', [...flags, '-c', source, '-o', object]);
  return object;
}
