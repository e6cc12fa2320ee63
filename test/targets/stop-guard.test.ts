import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { StopGuard } from '../../src/targets/stop-guard.ts';
import { waitUntil } from '../support/wait-until.ts';

// What it does when its owner dies is tested with a real one: test/e2e/follow.test.ts.
test('nobody is touched when it is disposed of', async () => {
  const child = spawn('/bin/sleep', ['50'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  child.kill('SIGSTOP');
  await waitUntil(
    () => stateOf(pid) === 'T',
    10_000,
    () => 'a stopped child',
  );
  const guard = new StopGuard(process.pid);
  guard.stopped(pid);
  guard.stopped(1);
  guard.continued(1);
  expect(existsSync(`/proc/${guard.pid}`)).toBe(true);
  guard[Symbol.dispose]();
  await waitUntil(
    () => !existsSync(`/proc/${guard.pid}`),
    10_000,
    () => 'the end of the guard',
  );
  expect(stateOf(pid)).toBe('T');
});

function stateOf(pid: number): string {
  return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '';
}
