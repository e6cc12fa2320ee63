import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureWrapped } from '../support/capture-wrapped.ts';
import { findCommand } from '../support/find-command.ts';
import { needCapture, needProgram } from '../support/requirements.ts';

/** Wrappers that write what they are given, in one piece: any record tells the socket. */
const learnt = [
  ['later', 'wrapped'],
  ['later', 'wrapped116'],
  ['later', 'wrapped127'],
  ['concrete', 'wrapped'],
  ['deep', 'wrapped'],
  ['buffered', 'wrapped127'],
  ['logged', 'wrapped'],
  ['tls', 'wrapped'],
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

  // Another goroutine writes, or another TLS connection writes meanwhile: only a hello tells then.
  test.for(['queued', 'loggedtls'] as const)('is known from the handshake on: %s', async (wrap, context) => {
    await needCapture(context);
    const ends = await captureWrapped(needProgram(context, 'wrapped'), ['-wrap', wrap]);

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ age, isKnown }) => isKnown !== (age === 'new'))).toEqual([]);
  });

  test.for(['copied', 'framed'] as const)('is null where nobody can tell: %s', async (wrap, context) => {
    await needCapture(context);
    const ends = await captureWrapped(needProgram(context, 'wrapped'), ['-wrap', wrap]);

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    expect(ends.filter(({ isKnown }) => isKnown)).toEqual([]);
  });

  test.for([
    ['IPv6', ['-network', 'tcp6', '-address', '[::1]:0']],
    ['IPv4 on a socket for both', ['-network', 'tcp', '-address', '[::]:0', '-dial', '127.0.0.1']],
    ['Unix', ['-network', 'unix']],
  ] as const)('is known for every kind of socket: %s', async ([, args], context) => {
    await needCapture(context);
    const folder = mkdtempSync(join(tmpdir(), 'tlstap-wrapped-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const more = args[1] === 'unix' ? ['-address', join(folder, 'socket')] : [];
    const ends = await captureWrapped(needProgram(context, 'wrapped'), ['-wrap', 'later', ...args, ...more]);

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
