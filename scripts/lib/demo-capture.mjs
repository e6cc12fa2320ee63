import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from './project-root.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * @typedef {{ isRunning: () => boolean, stop: () => Promise<number> }} DemoCapture
 *
 * Starts tlstap on a program, with this terminal as its own, and waits until it is attached.
 * @param {string} program
 * @param {string} readyFile
 * @returns {Promise<DemoCapture>}
 */
export async function startDemoCapture(program, readyFile) {
  const tool = spawn(process.execPath, [tlstapPath, 'gotls', '-e', program, '--ready-file', readyFile], {
    stdio: 'inherit',
  });
  const ended = /** @type {Promise<number>} */ (
    new Promise((resolve) => {
      tool.on('error', () => resolve(1));
      tool.on('close', (code) => resolve(code ?? 1));
    })
  );
  const isRunning = () => tool.exitCode === null && tool.signalCode === null;
  for (let waitedMs = 0; !existsSync(readyFile) && isRunning(); waitedMs += 50) {
    if (waitedMs > readyWithinMs) {
      tool.kill('SIGKILL');
      throw new StepFailure(`tlstap was not attached within ${readyWithinMs / 1000} s`);
    }
    await sleep(50);
  }
  const stop = async () => {
    tool.kill('SIGINT');
    const giveUp = setTimeout(() => tool.kill('SIGKILL'), stopWithinMs);
    const code = await ended;
    clearTimeout(giveUp);
    return code;
  };
  return { isRunning, stop };
}

/** The built program, as a package has it. */
export const tlstapPath = join(projectRoot, 'dist/main.js');

const readyWithinMs = 20_000;
const stopWithinMs = 10_000;
