import { expect, onTestFinished, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { Capture } from '../support/capture.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';

test('connections that take the memory of earlier ones, some of which were never closed', async (context) => {
  await needCapture(context);
  const run = await captureExchange(needProgram(context, 'machine'), {
    programArgs: ['-rounds', '5', '-abandon', '-tls', '1.0,1.2,1.3', '-connections', '8', '-max', '30000'],
  });

  expect(run.truths).toHaveLength(5 * 3 * 8 * 2);
  expect(run.problems).toEqual([]);
  expect(run.connections.filter(({ isClosed }) => !isClosed)).toEqual([]);
});

test('a process that ends without closing its connections ends them', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'machine');
  const program = await RunningProgram.start(path, ['-abort', '-connections', '16', '-max', '20000']);
  onTestFinished(() => program.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'] });
  onTestFinished(() => capture.dispose());
  program.send('go');
  expect(await program.exit()).toBe(0);

  // While the capture goes on.
  const closed = await capture.waitForOutput((output) => {
    const closes = output.match(/^\{"type":"close"/gm)?.length ?? 0;
    return closes === 64 && closes;
  });
  expect(closed).toBe(64);
  expect(capture.records('end')).toEqual([]);
  expect(await capture.stop()).toMatchObject({ code: 0 });
});
