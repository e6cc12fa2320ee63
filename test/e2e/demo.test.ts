import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCommand } from '../support/find-command.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';

const demo = join(projectPaths.root, 'scripts/demo.mjs');

test('the demo shows both clients, both versions of HTTP, reading and posting, and what to type next', async (context) => {
  await needCapture(context);
  const run = await runCommand(process.execPath, [demo], { timeoutMs: 60_000, env: plainEnvironment() });
  expect(run.code, run.stderr).toBe(0);

  const lines = run.stdout.split('\n');
  for (const [direction, pattern] of [
    ['<-', /GET https:\/\/127\.0\.0\.1:\d+\/ .*HTTP\/1\.1/],
    ['->', /200 OK .*text\/html/],
    ['<-', /POST https:\/\/127\.0\.0\.1:\d+\/orders .*HTTP\/2/],
    ['<-', /POST https:\/\/127\.0\.0\.1:\d+\/orders .*HTTP\/1\.1/],
    ['->', /404 Not Found/],
    ['<-', /GET https:\/\/127\.0\.0\.1:\d+\/menu\.json .*HTTP\/2/],
    ['->', /200 OK .*application\/json/],
  ] as const) {
    const found = lines.filter((line) => line.includes(` ${direction} `) && pattern.test(line));
    expect(found, `${String(pattern)} in\n${run.stdout}`).not.toEqual([]);
  }
  expect(run.stdout).toContain('<h1>Tea house</h1>');
  expect(run.stdout).toContain('"sencha"');
  expect(run.stderr).toMatch(/4 exchanges on 4 connections .*0 lost/);
  expect(run.stderr.trimEnd().split('\n').at(-1)).toMatch(/dist\/main\.js gotls /);
});

test('without privileges the demo ends with what doctor advises, and its exit code', async (context) => {
  if (findCommand('setpriv') === undefined) context.skip('setpriv is not installed');
  const withoutPrivileges = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, demo];
  const run = await runCommand('setpriv', withoutPrivileges, { timeoutMs: 60_000, env: plainEnvironment() });
  expect(run.code, run.stderr).toBe(4);
  const remedy = /fail\s+privileges .*CAP_BPF.*\n\s+(\S.*)/.exec(run.stderr)?.[1];
  expect(remedy, run.stderr).toBeDefined();
  expect(run.stderr).toContain(`\nTo see the demo: ${remedy}\n`);
  expect(run.stderr).not.toMatch(/^\s+at .*\.m?js/m);
});

/** ASCII arrows, no colours. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', NO_COLOR: '1', FORCE_COLOR: undefined };
}
