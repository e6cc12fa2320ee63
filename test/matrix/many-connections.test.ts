import { expect, test } from 'vitest';
import { captureSequence } from '../support/capture-sequence.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { needProvided } from '../support/need-provided.ts';
import { needCapture } from '../support/requirements.ts';

// With garbage made all the time the collector never rests: memory of one connection soon is that of another.
test.for([
  ['as programs do', []],
  ['with garbage made all the time', ['-garbage']],
] as const)(
  '10,000 connections one after the other, %s: none is mixed up with another, and nothing grows',
  async ([, programArgs], context) => {
    await needCapture(context);
    const program = await provideGoProgram({ program: 'load', toolchain: 'machine' });
    const run = await captureSequence(needProvided(context, program), {
      warmUp: 1_000,
      count: 9_000,
      programArgs,
    });

    expect(run.problems).toEqual([]);
    expect(run.after.entries).toEqual(run.before.entries);
    expect(run.after.objects - run.before.objects).toBeLessThan(5_000);
    expect(run.after.privateBytes - run.before.privateBytes).toBeLessThan(48 << 20);
  },
);
