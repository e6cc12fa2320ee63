import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { bestAttachMethod } from '../support/best-attach-method.ts';
import { captureExchange } from '../support/capture-exchange.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';

// What kernels before 6.6, 6.1 and 5.15 get, run on this one.
test('the best way that this kernel has is taken', async (context) => {
  await needCapture(context);
  const { stdout } = await runCommand(process.execPath, [projectPaths.main, 'doctor', '--json'], {
    timeoutMs: 30_000,
  });

  expect(stdout).toContain(`"the kernel takes them: ${bestAttachMethod(release())}"`);
});

describe('each way of attaching captures exactly', () => {
  test.for(['perf, sleepable', 'perf', 'perf, one program per site'])('%s', async (method, context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, 'machine'), {
      programArgs: ['-connections', '16', '-max', '100000', '-seed', '4'],
      env: { TLSTAP_ATTACH: method },
    });

    expect(run.problems).toEqual([]);
    expect(run.truths).toHaveLength(64);
    expect(run.programExitCode).toBe(0);
    expect(run.result.code).toBe(0);
  });
});
