import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
let folder = '';

// Inside the project, so that the cases find vitest by name.
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache/closing-line-'));
  mkdirSync(join(folder, 'test'));
  // A configuration of its own: vitest would look for the project's above it.
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {};');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const rows: readonly {
  readonly name: string;
  readonly code: string;
  readonly args?: readonly string[];
  readonly line: string;
  readonly exitCode: number;
  readonly says: string;
}[] = [
  {
    name: 'passes, and a skip that says why',
    code: `test('good', () => {}); test('poor', ({ skip }) => { skip('no eBPF here'); });`,
    line: '1 passed, 0 failed, 1 skipped',
    exitCode: 0,
    says: 'skipped: test/case.test.ts > poor\n  no eBPF here\n',
  },
  {
    name: 'a failure',
    code: `test('good', () => {}); test('bad', () => { throw new Error('broken'); });`,
    line: '1 passed, 1 failed, 0 skipped',
    exitCode: 1,
    says: 'broken',
  },
  {
    name: 'a skip without a reason',
    code: `test('good', () => {}); test.skip('lazy', () => {});`,
    line: '1 passed, 1 failed, 0 skipped',
    exitCode: 1,
    says: 'failed: skipped without a reason: test/case.test.ts > lazy\n',
  },
  {
    name: 'a test to do',
    code: `test('good', () => {}); test.todo('later');`,
    line: '1 passed, 1 failed, 0 skipped',
    exitCode: 1,
    says: 'failed: skipped without a reason: test/case.test.ts > later\n',
  },
  {
    name: 'a file that cannot be loaded',
    code: `import './missing.js'; test('good', () => {});`,
    line: '0 passed, 1 failed, 0 skipped',
    exitCode: 1,
    says: 'failed: test/case.test.ts: ',
  },
  {
    name: 'preparation that throws',
    code: `import { beforeAll } from 'vitest'; beforeAll(() => { throw new Error('no fixture'); }); test('good', () => {});`,
    line: '0 passed, 2 failed, 0 skipped',
    exitCode: 1,
    says: 'failed: test/case.test.ts: no fixture\n',
  },
  {
    name: 'an error outside of tests',
    code: `test('good', async () => { setTimeout(() => { throw new Error('late'); }, 0); await new Promise((done) => setTimeout(done, 50)); });`,
    line: '1 passed, 1 failed, 0 skipped',
    exitCode: 1,
    says: 'failed: error outside of any test: late\n',
  },
  {
    name: 'one test chosen by name: the others are not skipped but unasked',
    code: `test('good', () => {}); test('other', () => {});`,
    args: ['-t', 'good'],
    line: '1 passed, 0 failed, 0 skipped',
    exitCode: 0,
    says: '',
  },
  {
    name: 'nothing chosen',
    code: `test('good', () => {});`,
    args: ['absent-file'],
    line: '0 passed, 0 failed, 0 skipped',
    exitCode: 1,
    says: 'no test was selected\n',
  },
];

test.each(rows)('closing line: $name', ({ code, args, line, exitCode, says }) => {
  writeFileSync(join(folder, 'test/case.test.ts'), `import { test } from 'vitest'; ${code}`);
  const run = runTests(['--root', folder, '--pool=threads', ...(args ?? [])]);
  expect(run.stdout.trimEnd().split('\n').at(-1), run.stderr).toBe(line);
  expect(run.status).toBe(exitCode);
  expect(run.stdout + run.stderr).toContain(says);
});

function runTests(args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const url = new URL('../../scripts/lib/run-tests.mjs', import.meta.url).href;
  const script = `import { runTests } from ${JSON.stringify(url)}; process.exitCode = await runTests(process.argv.slice(1));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
    encoding: 'utf8',
  });
}
