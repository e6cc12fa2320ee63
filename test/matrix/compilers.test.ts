import { expect, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { provideGoProgram, type GoBuild } from '../support/go-program.ts';
import { needCapture } from '../support/requirements.ts';

// The newest release of each minor version that the Go module proxy has for Linux.
const releases = [
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
  '1.19.13',
  '1.20.14',
  '1.21.13',
  '1.22.12',
  '1.23.12',
  '1.24.13',
  '1.25.14',
  '1.26.11',
  '1.27.4',
];

const kinds: readonly { readonly kind: string; readonly build: Partial<GoBuild>; readonly since?: number }[] =
  [
    { kind: 'default', build: {} },
    { kind: 'PIE, stripped', build: { flags: ['-buildmode=pie', '-ldflags=-s -w'] } },
    // -gcflags for all packages came with Go 1.10.
    { kind: 'without optimisation', build: { flags: ['-gcflags=all=-N -l'] }, since: 10 },
    { kind: 'without inlining', build: { flags: ['-gcflags=all=-l'] }, since: 10 },
    { kind: 'with the race detector', build: { flags: ['-race'], cgo: true } },
    { kind: 'linked externally', build: { flags: ['-ldflags=-linkmode=external'], cgo: true } },
  ];

const builds = releases.flatMap((toolchain) =>
  kinds
    .filter(({ since = 0 }) => minorOf(toolchain) >= since)
    .map(({ kind, build }) => [`Go ${toolchain}, ${kind}`, { toolchain, build }] as const),
);

test.for(builds)('every stream is captured exactly: %s', async ([, { toolchain, build }], context) => {
  await needCapture(context);
  const program = await provideGoProgram({ program: 'exchange', toolchain, ...build });
  if (!program.ok) context.skip(program.reason);
  const run = await captureExchange(program.ok ? program.value : '', {
    programArgs: ['-tls', tlsVersions(minorOf(toolchain)), '-connections', '24', '-gc'],
    programEnv: { GODEBUG: 'tls13=1' },
  });

  expect(run.problems).toEqual([]);
  expect(run.truths.length).toBeGreaterThan(0);
  expect(run.programExitCode).toBe(0);
});

function minorOf(release: string): number {
  return Number(release.split('.')[1]);
}

/** TLS 1.3 came with Go 1.12, for which GODEBUG has to ask. */
function tlsVersions(minor: number): string {
  return minor < 12 ? '1.0,1.2' : '1.0,1.2,1.3';
}
