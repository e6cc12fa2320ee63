import { setTimeout as sleep } from 'node:timers/promises';
import { Capture } from '../../support/capture.ts';
import { readKernelObjects, survivingObjects } from '../../support/kernel-objects.ts';
import { changedText } from '../../support/process-text.ts';
import { RunningProgram } from '../../support/running-program.ts';
import { limitMs } from '../check.ts';

/** Ends a capture in the middle of traffic; nothing of it may stay in the kernel or in the program, which goes on. */
export async function endUnderLoad(program: string, signal: NodeJS.Signals): Promise<string[]> {
  const running = await RunningProgram.start(program, ['-connections', '2', '-max', '5000', '-repeat']);
  let capture: Capture | undefined;
  try {
    capture = await Capture.start({ args: ['gotls', '--pid', String(running.pid), '--raw', '--json'] });
    // It goes on by itself until a line comes.
    await capture.waitForOutput((output) => output.includes('"type":"data"'), limitMs);
    const objects = readKernelObjects(capture.pid);
    const problems = objects.programs.length === 0 ? ['no program was loaded'] : [];
    // Otherwise the comparison below would show nothing.
    if (changedText(running.pid, program).length === 0) problems.push('no probe is in its code');
    await capture.stop(signal);
    // The kernel removes them a moment after the process is gone.
    await sleep(3000);
    problems.push(...survivingObjects(objects).map((left) => `${left} is left`));
    problems.push(...changedText(running.pid, program).map((address) => `changed code at ${address}`));
    running.send('stop');
    const code = await running.exit();
    return code === 0 ? problems : [...problems, `the program ended with ${code}`];
  } finally {
    running.kill();
    capture?.dispose();
  }
}
