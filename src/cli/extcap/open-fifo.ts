import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError } from '../../util/is-system-error.ts';
import { exitCode, UserError } from '../../util/user-error.ts';

const waitMs = 30_000;
const stepMs = 50;
const watchMs = 500;

/** Opens the pipe that Wireshark made, as soon as it reads from it. @throws {UserError} when it never does */
export async function openFifo(path: string): Promise<number> {
  const end = performance.now() + waitMs;
  for (;;) {
    const opened = tryOpen(path);
    if (typeof opened === 'number') return opened;
    if (opened.code !== 'ENXIO' || performance.now() > end) {
      throw new UserError({
        message: `cannot write to ${path}`,
        reason: opened.code === 'ENXIO' ? 'nobody reads it' : opened.message,
        remedy: 'Wireshark makes this pipe and reads from it',
        exitCode: exitCode.failed,
        cause: opened,
      });
    }
    await sleep(stepMs);
  }
}

/** Ends the capture when the reader is gone, also while there are no packets: one that runs as root gets no signal. */
export function watchReader(path: string): Disposable {
  const timer = setInterval(() => {
    const opened = tryOpen(path);
    if (typeof opened === 'number') closeSync(opened);
    else process.kill(process.pid, 'SIGTERM');
  }, watchMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** ENXIO: nobody has it open for reading. */
function tryOpen(path: string): number | NodeJS.ErrnoException {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error)) return error;
    throw error;
  }
}
