import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { OutputFlags } from '../../src/cli/capture-flags.ts';
import { replay } from '../../src/cli/replay.ts';
import { projectPaths } from '../support/project-paths.ts';

// What is said about a replay is kept instead of printed among the test results.
const said = vi.hoisted((): string[] => []);
vi.mock(import('../../src/cli/status-output.ts'), async (importOriginal) => {
  const { StatusOutput } = await importOriginal();
  return {
    StatusOutput: class extends StatusOutput {
      override readonly write = (text: string): void => void said.push(text);
    },
  };
});

interface Case {
  /** In test/fixtures; made by record.sh there from real captures. */
  readonly recording: string;
  /** What its replay must look like; `vitest -u` accepts a new look. */
  readonly golden: string;
  readonly flags: Partial<OutputFlags>;
  readonly says: RegExp;
}

const wholeRun = /16 exchanges on 8 connections of 1 process, .* 0 lost\n$/;
const lateRun = /4 connections were open before the capture began/;
const lossyRun = /2 gaps on #1 and #2, [\d,]+ bytes: ring full/;

const cases: readonly Case[] = [
  { recording: 'http', golden: 'http.txt', flags: {}, says: wholeRun },
  { recording: 'http', golden: 'http.verbose.txt', flags: { verbose: true }, says: wholeRun },
  { recording: 'http', golden: 'http.quiet.txt', flags: { quiet: true }, says: /^$/ },
  { recording: 'http', golden: 'http.hex.txt', flags: { hex: true, tsize: 48 }, says: wholeRun },
  { recording: 'http', golden: 'http.jsonl', flags: { json: true }, says: wholeRun },
  {
    recording: 'http',
    golden: 'http.raw.jsonl',
    flags: { json: true, raw: true },
    says: / 8 connections of 1 process/,
  },
  { recording: 'joined-late', golden: 'joined-late.txt', flags: {}, says: lateRun },
  { recording: 'joined-late', golden: 'joined-late.jsonl', flags: { json: true }, says: lateRun },
  { recording: 'lossy', golden: 'lossy.txt', flags: { tsize: 32 }, says: lossyRun },
  { recording: 'lossy', golden: 'lossy.quiet.txt', flags: { quiet: true }, says: lossyRun },
];

test.for(cases)('$golden', async ({ recording, golden, flags, says }) => {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-replay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  vi.stubEnv('LC_ALL', 'C.UTF-8');
  onTestFinished(() => void vi.unstubAllEnvs());
  said.length = 0;
  const output = join(folder, 'output');
  const path = join(projectPaths.fixtures, `${recording}.tlstap`);

  expect(await replay(path, { color: 'never', ...flags, output })).toBe(0);

  expect(said.join('')).toMatch(says);
  await expect(readFileSync(output, 'utf8')).toMatchFileSnapshot(join(projectPaths.fixtures, golden));
});
