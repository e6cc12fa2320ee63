import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureWrapped } from '../support/capture-wrapped.ts';
import { findCommand } from '../support/find-command.ts';
import { needCapture, needProgram } from '../support/requirements.ts';

/** Wrappers that write what they are given, in one piece: any record tells the socket. More in test/matrix. */
const learnt = [
  ['later', 'wrapped'],
  ['later', 'wrapped127'],
  ['tls', 'wrapped116'],
] as const;

describe('the socket of a connection whose net.Conn does not lead to it', () => {
  test.for(learnt)(
    'is known, also if the connection is older than the capture: %s, %s',
    async ([wrap, build], context) => {
      await needCapture(context);
      const ends = await captureWrapped(needProgram(context, build), ['-wrap', wrap]);

      expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
      expect(ends.filter(({ age, isKnown }) => age !== 'first' && !isKnown)).toEqual([]);
    },
  );

  // Only a hello tells then.
  test('is known from the handshake on where another goroutine writes', async (context) => {
    await needCapture(context);
    const ends = await captureWrapped(needProgram(context, 'wrapped'), ['-wrap', 'queued']);

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ age, isKnown }) => isKnown !== (age === 'new'))).toEqual([]);
  });

  test('is null where nobody can tell', async (context) => {
    await needCapture(context);
    const ends = await captureWrapped(needProgram(context, 'wrapped'), ['-wrap', 'copied']);

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ isKnown }) => isKnown)).toEqual([]);
  });

  test('is known for Unix sockets', async (context) => {
    await needCapture(context);
    const folder = mkdtempSync(join(tmpdir(), 'tlstap-wrapped-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const args = ['-wrap', 'later', '-network', 'unix', '-address', join(folder, 'socket')];
    const ends = await captureWrapped(needProgram(context, 'wrapped'), args);

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ age, isKnown }) => age !== 'first' && !isKnown)).toEqual([]);
  });

  test('is known in another network namespace', async (context) => {
    await needCapture(context);
    if (findCommand('ip') === undefined)
      context.skip('there is no ip command to switch a loopback device on');
    const wrapper = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
    const ends = await captureWrapped(needProgram(context, 'wrapped'), ['-wrap', 'later'], { wrapper });

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ age, isKnown }) => age !== 'first' && !isKnown)).toEqual([]);
  });

  test('is known by the ways of Linux 6.1, too', async (context) => {
    await needCapture(context);
    const env = { TLSTAP_ATTACH: 'perf, sleepable' };
    const args = ['-wrap', 'later', '-pause', '500'];
    const ends = await captureWrapped(needProgram(context, 'wrapped'), args, { env });

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ age, isKnown }) => age === 'new' && !isKnown)).toEqual([]);
  });
});
