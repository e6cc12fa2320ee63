import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCode, UserError } from '../util/user-error.ts';

/** `--ready-file`: removed at start, created when everything is attached, for scripts that wait for that. */
export class ReadyFile {
  readonly #path: string | undefined;

  /** @throws {UserError} when it could not be created later: better said before anything is attached */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined) return;
    this.#explained(() => {
      rmSync(path, { force: true });
      accessSync(dirname(path), constants.W_OK);
    });
  }

  create(): void {
    const path = this.#path;
    if (path !== undefined) this.#explained(() => writeFileSync(path, ''));
  }

  #explained(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw new UserError({
        message: `cannot create ${this.#path}`,
        reason: error instanceof Error ? error.message : String(error),
        remedy: 'name a file in a folder that exists and can be written',
        exitCode: exitCode.failed,
        cause: error,
      });
    }
  }
}
