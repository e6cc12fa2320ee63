import { describe, expect, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import type { GoBuildName } from '../support/go-builds.ts';
import { needCapture, needProgram } from '../support/requirements.ts';

// 64 connections each with TLS 1.2 and 1.3, streams of 1 B to 300 kB both ways, both ends in one process.
const builds: readonly (readonly [string, GoBuildName])[] = [
  ["the machine's own Go", 'machine'],
  ['Go 1.21, stripped', 'stripped121'],
  ['Go 1.27, PIE, stripped', 'strippedPie127'],
  ['Go 1.16, which passes arguments on the stack', 'stackAbi116'],
  ['linked externally, with C code', 'external'],
];

describe('every byte of 128 connections, both ends, is captured exactly', () => {
  test.for(builds)('%s', async ([, build], context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, build));

    expect(run.problems).toEqual([]);
    expect(run.truths).toHaveLength(256);
    expect(run.programExitCode).toBe(0);
    expect(run.result).toMatchObject({ code: 0 });
    expect(run.connections.filter(({ isClosed }) => !isClosed)).toEqual([]);
    const end = run.records.at(-1);
    const bytes = (side: 'read' | 'write'): number =>
      run.truths.reduce((sum, truth) => sum + truth[side].bytes, 0);
    expect(end).toMatchObject({ type: 'end', connections: 256, gaps: 0 });
    expect(run.result.stderr).toContain('256 connections');
    expect(bytes('read')).toBe(bytes('write'));
  });

  test('with the garbage collector running all the time', async (context) => {
    await needCapture(context);
    const run = await captureExchange(needProgram(context, 'machine'), {
      programArgs: ['-gc', '-seed', '2', '-connections', '24'],
    });

    expect(run.problems).toEqual([]);
  });
});
