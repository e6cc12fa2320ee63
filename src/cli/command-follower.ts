import { ExecWatch, type StoppedExec } from '../capture/exec-watch.ts';
import { openTargetProcess, type TargetFile } from '../targets/open-target.ts';
import { StopGuard } from '../targets/stop-guard.ts';
import { isSystemError } from '../util/is-system-error.ts';
import { UserError } from '../util/user-error.ts';
import { explained } from './explained.ts';
import { readObjectFile } from './families.ts';
import type { LateTargets } from './late-targets.ts';
import type { LiveCapture } from './live-capture.ts';

export interface CommandFollowerSettings {
  readonly live: LiveCapture;
  readonly late: LateTargets;
  /** The process that was started. */
  readonly pid: number;
  /** A program that should be captured, and cannot be. */
  readonly onRefusal: (error: UserError) => void;
}

/**
 * `--follow`: what a command starts is captured from its first byte. A process that begins to run a file for the first
 * time is stopped by the kernel side; here the file is planned and attached, if there is something to attach to, and the
 * process goes on.
 */
export class CommandFollower implements Disposable {
  readonly #settings: CommandFollowerSettings;
  readonly #guard: StopGuard;
  readonly #watch: ExecWatch;

  /** @throws {UserError} */
  constructor(settings: CommandFollowerSettings) {
    this.#settings = settings;
    const { session } = settings.live;
    this.#guard = new StopGuard(settings.pid);
    try {
      this.#watch = explained(
        undefined,
        () =>
          new ExecWatch({
            objectBytes: readObjectFile('follow'),
            sharedMaps: new Map(sharedMaps.map((name) => [name, session.mapFd(name)])),
            onExec: (exec) => this.#onExec(exec),
          }),
      );
    } catch (error) {
      this.#guard[Symbol.dispose]();
      throw error;
    }
  }

  /** From then on nobody is stopped, and whoever was goes on. */
  async stop(): Promise<void> {
    await this.#watch.stop();
    this.#guard[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#guard[Symbol.dispose]();
  }

  #onExec({ pid, fileId }: StoppedExec): void {
    this.#guard.stopped(pid);
    try {
      const file = openExecutable(pid);
      if (file && this.#attach(file)) this.#watch.markKnown(fileId);
    } finally {
      letGo(pid);
      this.#guard.continued(pid);
    }
  }

  /** Whether all was done that can be done for this file. */
  #attach(file: TargetFile): boolean {
    const { late, onRefusal } = this.#settings;
    const result = late.add(file);
    if (result.type !== 'refused') return true;
    if (toldRefusals.has(result.code)) onRefusal(result.error);
    return true;
  }
}

/** Those of bpf/maps.bpf.h. */
const sharedMaps = ['ring', 'counts', 'sites', 'ledger', 'pids', 'uids', 'stopped'] as const;

/** Programs that have Go's TLS in them, as far as can be seen; all others are none of our business. */
const toldRefusals: ReadonlySet<string> = new Set([
  'no-text-base',
  'function-missing',
  'no-return-instruction',
  'site-refused',
  'obfuscated',
  'crypto-tls-in-shared-library',
  'no-secrets',
  'not-attached',
]);

/** Undefined when the process is gone already. */
function openExecutable(pid: number): TargetFile | undefined {
  try {
    return openTargetProcess(pid);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function letGo(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
