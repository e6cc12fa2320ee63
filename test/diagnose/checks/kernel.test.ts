import { expect, test } from 'vitest';
import { checkKernel } from '../../../src/diagnose/checks/kernel.ts';
import { fakeMachine } from '../fake-machine.ts';

const nothingTried = new Error('not permitted');

test.each<[string, string | Error, string, RegExp]>([
  ['6.18.44', 'uprobe_multi, sleepable', 'ok', /uprobe_multi, sleepable programs$/],
  ['6.12.0-18-amd64', nothingTried, 'ok', /by its number, uprobe_multi and sleepable/],
  ['6.6.0', nothingTried, 'ok', /by its number, uprobe_multi and sleepable/],
  ['6.5.13', nothingTried, 'ok', /no uprobe_multi \(6\.6\)$/],
  ['6.1.0-50-amd64', 'perf, sleepable', 'ok', /no uprobe_multi \(6\.6\): detaching takes 0\.1 s/],
  ['6.0.9', nothingTried, 'ok', /no sleepable programs \(6\.1\), no uprobe_multi/],
  ['5.15.0-100-generic', 'perf', 'warn', /not resident is shown as a gap/],
  ['5.14.0-503.el9.x86_64', 'uprobe_multi, sleepable', 'ok', /uprobe_multi, sleepable programs$/],
  ['5.14.0', nothingTried, 'ok', /no attach cookies \(5\.15\)/],
  ['5.10.0-32-amd64', 'perf, one program per site', 'warn', /not resident is shown as a gap/],
  ['5.10.0', nothingTried, 'ok', /no attach cookies/],
  ['5.9.16', nothingTried, 'fail', /too old: 5\.10 is the oldest/],
  ['4.19.0-27-amd64', nothingTried, 'fail', /too old/],
  ['4.18.0-553.el8_10.x86_64', 'perf', 'warn', /older than 5\.10, the oldest that is tested/],
  ['3.2', nothingTried, 'fail', /too old/],
  ['10.0.0', nothingTried, 'ok', /uprobe_multi and sleepable/],
])('Linux %s, tried: %s', (release, attempt, status, detail) => {
  const line = checkKernel(fakeMachine({ release }), attempt);
  expect(line.status).toBe(status);
  expect(line.detail).toMatch(detail);
  expect(line.detail).toContain(release);
});

test.each([
  ['x64', 'ok', 'x86-64'],
  ['arm64', 'ok', 'arm64'],
  ['ia32', 'fail', 'ia32'],
  ['riscv64', 'fail', 'riscv64'],
])('architecture %s', (arch, status, named) => {
  const line = checkKernel(fakeMachine({ arch }), 'uprobe_multi, sleepable');
  expect(line.status).toBe(status);
  expect(line.detail).toContain(named);
});
