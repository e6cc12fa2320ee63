import { expect, test } from 'vitest';
import { captureKeyLog } from '../support/capture-keylog.ts';
import { expectedLines } from '../support/endpoint-logs.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { needCapture } from '../support/requirements.ts';

// The newest release of each minor version that the Go module proxy has for Linux; up to 1.11 writeKeyLog has no label.
const releases = [
  ...[
    '1.9.7',
    '1.10.8',
    '1.11.13',
    '1.12.17',
    '1.13.15',
    '1.14.15',
    '1.15.15',
    '1.16.15',
    '1.17.13',
    '1.18.10',
  ],
  ...['1.19.13', '1.20.14', '1.21.13', '1.22.12', '1.23.12', '1.24.13', '1.25.14', '1.26.11', '1.27.4'],
];

const cases = releases.flatMap((toolchain) =>
  ([[], ['-buildmode=pie', '-ldflags=-s -w']] as const).map(
    (flags) => [`Go ${toolchain} ${flags.join(' ')}`, toolchain, flags] as const,
  ),
);

test.for(cases)('the key log is what the program logs: %s', async ([, toolchain, flags], context) => {
  await needCapture(context);
  const built = await provideGoProgram({ program: 'keylog', toolchain, flags });
  if (!built.ok) context.skip(built.reason);
  const minor = Number(toolchain.split('.')[1]);
  const run = await captureKeyLog(built.ok ? built.value : '', {
    // TLS 1.3 came with Go 1.12, for which GODEBUG has to ask.
    programArgs: [
      '-tls',
      minor < 12 ? '1.0,1.1,1.2' : '1.0,1.1,1.2,1.3',
      '-connections',
      '16',
      '-gc',
      '-deep',
    ],
    programEnv: { GODEBUG: 'tls13=1' },
    captureArgs: () => ['--json'],
  });

  expect(run.lines.length).toBeGreaterThan(0);
  expect(run.lines.toSorted()).toEqual(expectedLines(run.ends));
  const secrets = run.records.filter(({ type }) => type === 'secret');
  expect(secrets).toHaveLength(run.ends.reduce((sum, { lines }) => sum + lines.length, 0));
  expect(secrets.filter(({ connection }) => connection === null)).toEqual([]);
});
