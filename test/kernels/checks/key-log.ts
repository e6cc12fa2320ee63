import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture } from '../../support/capture.ts';
import { endpointLogs, expectedLines, readLines } from '../../support/endpoint-logs.ts';
import { RunningProgram } from '../../support/running-program.ts';
import { limitMs } from '../check.ts';

/** TLS 1.0 to 1.3, resumed ones too, client and server; the collector moves their stacks. */
const programArgs = ['-connections', '2', '-resume', '1', '-gc', '-deep'];
/** Two new connections of each version: one line for each, four with TLS 1.3; of resumed ones fewer. */
const fewestLines = 14;

/** Compares the key log with the lines that the program `keylog` gave its own KeyLogWriters. */
export async function captureKeys(program: string): Promise<string[]> {
  const keyLog = join(mkdtempSync(join(tmpdir(), 'tlstap-keys-')), 'keys.log');
  const running = await RunningProgram.start(program, programArgs);
  let capture: Capture | undefined;
  try {
    capture = await Capture.start({ args: ['gotls', '-e', program, '-m', 'keylog', '-k', keyLog] });
    running.send('go');
    await running.waitFor('done', 1, limitMs);
    await running.exit();
    const { code, stderr } = await capture.stop();
    const wanted = expectedLines(endpointLogs(running));
    const problems = compareLines(readLines(keyLog), wanted);
    if (wanted.length < fewestLines) problems.push(`the program logged ${wanted.length} secrets only`);
    if (code !== 0) problems.push(`exit code ${code}`);
    return problems.length === 0 ? [] : [stderr.trim(), ...problems];
  } finally {
    running.kill();
    capture?.dispose();
  }
}

/** `wanted` has each line once, and so must the file. */
export function compareLines(lines: readonly string[], wanted: readonly string[]): string[] {
  const missing = wanted.filter((line) => !lines.includes(line));
  const problems = missing.map((line) => `missing: ${line}`);
  if (lines.length + missing.length !== wanted.length)
    problems.push(`${lines.length} secrets were captured, ${wanted.length} were logged`);
  return problems;
}
