import { expect, test } from 'vitest';
import { captureWrapped } from '../support/capture-wrapped.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { needCapture } from '../support/requirements.ts';

const releases = ['1.9.7', '1.12.17', '1.14.15', '1.17.13', '1.19.13', '1.21.13', '1.24.13', '1.27.4'];
const wraps = [
  'later',
  'concrete',
  'deep',
  'buffered',
  'queued',
  'logged',
  'loggedtls',
  'tls',
  'copied',
  'framed',
];
/** What these write is never seen as it is, or in several places. */
const unknowable = new Set(['copied', 'framed']);
/** Only a handshake tells. */
const byHello = new Set(['queued', 'loggedtls']);

test.for(releases.flatMap((release) => wraps.map((wrap) => [release, wrap] as const)))(
  'the socket of a wrapped connection is right or null: Go %s, %s',
  async ([toolchain, wrap], context) => {
    await needCapture(context);
    const program = await provideGoProgram({ program: 'wrapped', toolchain });
    if (!program.ok) context.skip(program.reason);
    const ends = await captureWrapped(program.ok ? program.value : '', ['-wrap', wrap]);

    expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
    const known = new Set(ends.filter(({ isKnown }) => isKnown).map(({ age }) => age));
    expect(known.has('new')).toBe(!unknowable.has(wrap));
    if (unknowable.has(wrap) || byHello.has(wrap)) expect(known.has('old')).toBe(false);
    else expect(ends.filter(({ age, isKnown }) => age !== 'first' && !isKnown)).toEqual([]);
  },
);

test.for([
  ['IPv6', ['-network', 'tcp6', '-address', '[::1]:0']],
  ['IPv4 on a socket for both', ['-network', 'tcp', '-address', '[::]:0', '-dial', '127.0.0.1']],
] as const)('the socket of a wrapped connection is right: %s', async ([, args], context) => {
  await needCapture(context);
  const program = await provideGoProgram({ program: 'wrapped', toolchain: 'machine' });
  if (!program.ok) context.skip(program.reason);
  const ends = await captureWrapped(program.ok ? program.value : '', ['-wrap', 'later', ...args]);

  expect(ends.filter(({ problem }) => problem !== '')).toEqual([]);
  expect(ends.filter(({ age, isKnown }) => age !== 'first' && !isKnown)).toEqual([]);
});
