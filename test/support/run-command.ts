import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code; null when it was ended by a signal, 127 when it could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, killing it after `timeoutMs`; never rejects. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: {
    readonly timeoutMs: number;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string | Uint8Array;
    /** Pieces of standard output as they come. */
    readonly onOutput?: (piece: Buffer) => void;
  },
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => {
    stdout.push(piece);
    options.onOutput?.(piece);
  });
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  // A command that ends without reading its input is no failure of ours.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  const timer = setTimeout(() => {
    stderr.push(Buffer.from(`\nkilled after ${options.timeoutMs} ms\n`));
    child.kill('SIGKILL');
  }, options.timeoutMs);
  return new Promise((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    };
    child.on('close', finish);
    child.on('error', (error) => {
      stderr.push(Buffer.from(error.message));
      finish(127, null);
    });
  });
}
