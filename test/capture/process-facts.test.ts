import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { readProcessFacts } from '../../src/capture/process-facts.ts';
import { ProcessWatch } from '../../src/capture/process-watch.ts';

it('knows this process', () => {
  expect(readProcessFacts(process.pid)).toMatchObject({ exe: process.execPath, isZombie: false });
});

it('knows nothing of one that is not there', () => {
  // Above the largest pid that Linux gives (PID_MAX_LIMIT, 2^22).
  expect(readProcessFacts(2 ** 22 + 1)).toBeUndefined();
});

it('learns a process once and notices its end once', async () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  const watch = new ProcessWatch();
  watch.watch(pid);
  expect(watch.learn(pid)).toHaveProperty('comm');
  expect(watch.learn(pid)).toBeUndefined();
  expect(watch.findEnded()).toEqual([]);
  const gone = new Promise((resolve) => child.on('exit', resolve));
  child.kill();
  await gone;
  expect(watch.findEnded()).toEqual([pid]);
  expect(watch.findEnded()).toEqual([]);
});
