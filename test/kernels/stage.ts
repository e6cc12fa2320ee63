import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideGoProgram, type GoBuild } from '../support/go-program.ts';
import { provideNpmPackage } from '../support/npm-package.ts';
import { projectPaths } from '../support/project-paths.ts';
import { provided, type Provided } from '../support/provided.ts';

/**
 * A folder of its own with all that a guest needs: the built tlstap, its packages, the checks, programs. Outside of the
 * checkout, since a guest of another architecture may be given the current folder only, and so that a build meanwhile
 * does not change what is tested.
 */
export class Stage implements Disposable {
  readonly root: string;
  readonly #architecture: 'x64' | 'arm64';

  constructor(architecture: 'x64' | 'arm64') {
    this.#architecture = architecture;
    this.root = mkdtempSync(join(tmpdir(), 'tlstap-kernel-'));
  }

  /** Everything but the programs. */
  async fill(): Promise<Provided<string>> {
    const binding = await this.#provideBinding();
    if (!binding.ok) return binding;
    // The checks find the project by its lock file.
    for (const path of ['dist', 'package.json', 'package-lock.json']) this.#copy(path);
    for (const name of ['koffi', 'commander']) this.#copy(`node_modules/${name}`);
    cpSync(binding.value, this.path(`node_modules/${this.#bindingName}`), { recursive: true });
    cpSync(join(projectPaths.cache, 'kernels-js'), this.path('js'), { recursive: true });
    mkdirSync(this.path('programs'));
    return provided(this.root);
  }

  /** Its path in there. */
  async addProgram(build: GoBuild): Promise<Provided<string>> {
    const environment = this.#architecture === 'arm64' ? { GOARCH: 'arm64' } : {};
    const built = await provideGoProgram({ ...build, environment });
    if (!built.ok) return built;
    const path = this.path(`programs/${build.program}-go-${build.toolchain}`);
    copyFileSync(built.value, path);
    return provided(path);
  }

  path(relative: string): string {
    return join(this.root, relative);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #copy(path: string): void {
    cpSync(join(projectPaths.root, path), this.path(path), { recursive: true, dereference: true });
  }

  get #bindingName(): string {
    return `@koromix/koffi-linux-${this.#architecture}`;
  }

  /** koffi's machine code: the lock file pins that of every architecture, npm installs only the host's. */
  async #provideBinding(): Promise<Provided<string>> {
    const lock = JSON.parse(readFileSync(join(projectPaths.root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; integrity: string } | undefined>;
    };
    const pinned = lock.packages[`node_modules/${this.#bindingName}`];
    if (pinned === undefined) throw new Error(`the lock file has no ${this.#bindingName}`);
    const sha512 = pinned.integrity.replace(/^sha512-/, '');
    return provideNpmPackage({ package: this.#bindingName, version: pinned.version, sha512 });
  }
}
