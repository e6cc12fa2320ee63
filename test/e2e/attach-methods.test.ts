import { describe, expect, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { needCapture, needProgram } from '../support/requirements.ts';

// What kernels before 6.6, 6.1 and 5.15 get, run on this one.
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
