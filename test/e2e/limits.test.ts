import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';

test('--count ends the capture after exactly that many exchanges', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--json', '--count', '3'] });
  onTestFinished(() => capture.dispose());
  const client = await RecordedClient.connect({ port: server.port, protocol: 'h2' });
  await Promise.all([1, 2, 3, 4, 5].map((seed) => client.call({ path: `/text/100?seed=${seed}` })));
  await client.close();

  expect(await capture.exit()).toMatchObject({ code: 0 });
  expect(capture.records('exchange')).toHaveLength(3);
  expect(capture.records('end')).toMatchObject([{ exchanges: 3 }]);
});

test('-t shows no more of a body than asked for, and says how much is left', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '-t', '128'] });
  onTestFinished(() => capture.dispose());
  const client = await RecordedClient.connect({ port: server.port, protocol: 'http/1.1' });
  const { body } = await client.call({ path: '/text/64000?seed=5' });
  await client.close();
  await capture.stop();

  const text = capture.output().toString();
  expect(text).toContain(body.toString('utf8', 0, 63));
  expect(text).not.toContain(body.toString('utf8', 640, 703));
  expect(text).toMatch(/63[,.]?872|62\.4/);
});

test('a ring that is too small loses bytes, and every one of them is accounted for', async (context) => {
  await needCapture(context);
  const path = needProgram(context, 'write');
  const program = await RunningProgram.start(path);
  onTestFinished(() => program.kill());
  const capture = await Capture.start({
    args: ['gotls', '-e', path, '--raw', '--json', '--buffer-size', '64K'],
  });
  onTestFinished(() => capture.dispose());
  const lengthBytes = 16 << 20;
  program.send(String(lengthBytes));
  await program.waitFor('written');
  expect(await program.end()).toBe(0);
  const result = await capture.stop();

  const written = capture.records().filter(({ direction }) => direction === 'write');
  const client = written.filter(({ connection }) => connection === written[0]?.['connection']);
  const sum = (type: string): number =>
    client.filter((record) => record.type === type).reduce((total, { length }) => total + Number(length), 0);
  expect(sum('gap')).toBeGreaterThan(0);
  expect(sum('data') + sum('gap')).toBe(lengthBytes);
  expect(new Set(client.filter(({ type }) => type === 'gap').map(({ reason }) => reason))).toEqual(
    new Set(['ring-full']),
  );
  expect(result.stderr).toMatch(/ring full/);
  expect(result.stderr).toContain('--buffer-size');
});
