import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { captureKeyLog, scratchFolder } from '../support/capture-keylog.ts';
import { expectedLines } from '../support/endpoint-logs.ts';
import { provideModuleProgram } from '../support/go-module-program.ts';
import { needCapture } from '../support/requirements.ts';

// 24 connections: utls as four browsers, TLS 1.2 and 1.3, three sizes; the servers are crypto/tls in the same process.
describe('a program with a fork of crypto/tls in it (utls)', () => {
  test.for([
    ['the places that are taken', {}],
    ['the returns of Read, where the arguments were saved', { TLSTAP_STRATEGIES: 'ret-spill' }],
    ['the returns of Read, joined with its start', { TLSTAP_STRATEGIES: 'jump-ret-join' }],
  ] as const)('every byte of both ends is captured exactly: %s', async ([, env], context) => {
    await needCapture(context);
    const run = await captureExchange(await needUtls(context), { env });

    expect(run.problems).toEqual([]);
    expect(run.truths).toHaveLength(48);
    expect(run.truths.filter(({ read, write }) => read.bytes === 0 || write.bytes === 0)).toEqual([]);
    expect(run.programExitCode).toBe(0);
    expect(run.records.at(-1)).toMatchObject({ type: 'end', connections: 48, gaps: 0 });
  });

  test('its secrets are those that it logs itself', async (context) => {
    await needCapture(context);
    const run = await captureKeyLog(await needUtls(context));

    expect(run.ends).toHaveLength(48);
    expect(run.ends.filter(({ lines }) => lines.length === 0)).toEqual([]);
    expect(run.lines.toSorted()).toEqual(expectedLines(run.ends));
  });
});

/** A copy for one test: a capture by path sees every process that runs the file. Skips where the modules cannot be had. */
async function needUtls(context: TestContext): Promise<string> {
  const built = await provideModuleProgram('utls');
  if (!built.ok) return context.skip(built.reason);
  const copy = join(scratchFolder(), 'utls');
  copyFileSync(built.value, copy);
  return copy;
}
