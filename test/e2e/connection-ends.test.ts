import { expect, onTestFinished, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { Capture } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

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

test('a process that has ended before its events are read: they are all there, and no connection comes twice', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'machine');
  const program = await RunningProgram.start(path, ['-connections', '32']);
  onTestFinished(() => program.kill());
  const capture = await Capture.start({
    args: ['gotls', '-e', path, '--raw', '--json', '--buffer-size', '64M'],
  });
  onTestFinished(() => capture.dispose());
  process.kill(capture.pid, 'SIGSTOP');
  program.send('go');
  expect(await program.exit()).toBe(0);
  process.kill(capture.pid, 'SIGCONT');
  await capture.waitForOutput((output) => (output.match(/^\{"type":"close"/gm)?.length ?? 0) >= 128);
  // Closed connections are looked at once more after a moment.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await capture.stop()).toMatchObject({ code: 0 });

  const truths = endpointTruths(program.records());
  expect(truths).toHaveLength(128);
  expect(compareStreams(truths, assembleConnections(capture.records()))).toEqual([]);
});
