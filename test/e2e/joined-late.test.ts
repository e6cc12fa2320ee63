import { expect, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { needCapture, needProgram } from '../support/requirements.ts';

test('connections older than the capture: a gap of unknown length, then every byte', async (context) => {
  await needCapture(context);
  const run = await captureExchange(needProgram(context, 'machine'), {
    programArgs: ['-late', '-connections', '16', '-max', '60000'],
  });

  expect(run.programExitCode).toBe(0);
  expect(run.problems).toEqual([]);
  const streams = run.connections.flatMap(({ read, write }) => [read, write]);
  expect(streams).toHaveLength(128);
  for (const { gaps } of streams) {
    expect(gaps).toEqual([
      expect.objectContaining({ offset: 0, length: null, reason: 'joined-late' }) as unknown,
    ]);
  }
});
