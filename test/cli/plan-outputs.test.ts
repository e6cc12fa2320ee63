import { describe, expect, test } from 'vitest';
import type { OutputFlags } from '../../src/cli/capture-flags.ts';
import { chooseProbes } from '../../src/cli/choose-probes.ts';
import { parseModes } from '../../src/cli/modes.ts';
import { planOutputs } from '../../src/cli/plan-outputs.ts';
import { exitCode, UserError } from '../../src/util/user-error.ts';

const plan = (flags: Partial<OutputFlags>) => planOutputs({ color: 'never', ...flags }, ['gotls']);

test.each([
  ['text', ['text']],
  ['key', ['keylog']],
  ['text,keylog', ['text', 'keylog']],
  ['keylog, keylog', ['keylog']],
  ['pcapng', ['pcap']],
])('-m %s', (text, modes) => {
  expect([...parseModes(text)]).toEqual(modes);
});

test.each(['', 'text,', 'texts', 'text keylog'])('-m %j is refused', (text) => {
  expect(() => parseModes(text)).toThrow('Allowed are text, keylog and pcap');
});

describe('what goes where', () => {
  test('text alone, as ever', () => {
    expect(plan({})).toMatchObject({ data: 'everything', keyLog: null, secrets: false });
  });

  test('a key log alone: nothing on stdout', () => {
    expect(plan({ model: parseModes('keylog') })).toMatchObject({
      data: null,
      keyLog: 'tlstap_gotls_key.log',
      secrets: true,
    });
  });

  test('a key log on stdout', () => {
    expect(plan({ model: parseModes('keylog'), keylogfile: '-' })).toMatchObject({ data: null, keyLog: '-' });
  });

  test('a key log and its secrets as JSON', () => {
    expect(plan({ model: parseModes('keylog'), json: true, keylogfile: 'k' })).toMatchObject({
      data: 'connections',
      keyLog: 'k',
    });
  });

  test('both at once, text in a file', () => {
    expect(plan({ model: parseModes('text,keylog'), keylogfile: '-', output: 'f' })).toMatchObject({
      data: 'everything',
      keyLog: '-',
    });
  });

  test('several families have one key log', () => {
    const flags: OutputFlags = { color: 'never', model: parseModes('key') };
    expect(planOutputs(flags, ['gotls', 'openssl']).keyLog).toBe('tlstap_key.log');
    expect(planOutputs(flags, ['gotls', 'gotls']).keyLog).toBe('tlstap_gotls_key.log');
  });
});

test.each<[string, Partial<OutputFlags>]>([
  ['two outputs on stdout', { model: parseModes('text,keylog'), keylogfile: '-' }],
  [
    'two outputs on stdout, one of them named so',
    { model: parseModes('text,keylog'), keylogfile: '-', output: '-' },
  ],
  ['JSON and key log on stdout', { model: parseModes('keylog'), json: true, keylogfile: '-' }],
  ['a key log that was not asked for', { keylogfile: 'k' }],
  ['-o where nothing goes to it', { model: parseModes('keylog'), output: 'f' }],
])('%s is a usage error', (_, flags) => {
  let error: unknown;
  try {
    plan(flags);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(exitCode.usage);
  expect((error as UserError).remedy).not.toBe('');
});

const roles = (modes: string, ties = false) =>
  [...chooseProbes({ modes: parseModes(modes), ties, text: false }).roles].sort();

describe('only the probes that are needed', () => {
  test('text takes no secrets', () => {
    expect(roles('text', true)).toEqual(['close', 'read', 'socket', 'write']);
    expect(chooseProbes({ modes: parseModes('text'), ties: false, text: false })).toMatchObject({
      essential: ['write', 'read'],
      handshakesOnly: false,
    });
  });

  test('a key log takes secrets alone', () => {
    expect(roles('keylog')).toEqual(['secrets']);
    expect(chooseProbes({ modes: parseModes('keylog'), ties: false, text: false })).toMatchObject({
      essential: ['secrets'],
      handshakesOnly: true,
    });
  });

  test('with their connections, handshakes and ends as well', () => {
    expect(roles('keylog', true)).toEqual(['close', 'secrets', 'write']);
  });

  test('both take all', () => {
    expect(roles('text,keylog')).toEqual(['close', 'read', 'secrets', 'socket', 'write']);
  });
});
