import { readFileSync } from 'node:fs';
import { beforeAll, expect, test, type TestContext } from 'vitest';
import type { ByteSource } from '../../../src/binary/byte-source.ts';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import type { ProbePlan } from '../../../src/plan/probe-plan.ts';
import { needProvided } from '../../support/need-provided.ts';
import type { Provided } from '../../support/provided.ts';
import { esbuildReleases, provideRealProgram } from '../../support/real-program.ts';

let provided: Provided<string>;
beforeAll(async () => {
  provided = await provideRealProgram(esbuildReleases.at(-1) ?? expect.unreachable('no release'));
}, 120_000);

test('a fork of crypto/tls is found by the names of its functions, and treated alike', (context) => {
  const original = planOf(renamed(context, []));
  const fork = planOf(renamed(context, [['crypto/tls.(*Con', 'crypto/xyz.(*Con']]));
  expect(fork.sites.map(({ function: name }) => name)).toContain('crypto/xyz.(*Conn).Read');
  expect(fork.sites.map(({ address, kind, flags }) => ({ address, kind, flags }))).toEqual(
    original.sites.map(({ address, kind, flags }) => ({ address, kind, flags })),
  );
});

test('a fork whose configuration is called config', (context) => {
  const fork = planOf(
    renamed(context, [
      ['crypto/tls.(*Conn)', 'crypto/xyz.(*Conn)'],
      ['crypto/tls.(*Config).writeKeyLog', 'crypto/xyz.(*config).writeKeyLog'],
    ]),
  );
  expect(fork.sites.filter(({ role }) => role === 'secrets').map(({ function: name }) => name)).toEqual([
    'crypto/xyz.(*config).writeKeyLog',
  ]);
});

test('a Read of another type in a fork that reads records, but not as a copy of (*Conn).Read: said, not probed', (context) => {
  const other = 'crypto/tls.(*Conn).readHandshakeBytes\0';
  const source = renamed(context, [
    [other, 'crypto/xyz.(*Other).Read\0'.padEnd(other.length, '\0')],
    ['crypto/tls.(*Conn)', 'crypto/xyz.(*Conn)'],
  ]);
  const { sites, missing } = planOf(source);
  expect(sites.filter(({ role }) => role === 'read').map(({ function: name }) => name)).toEqual([
    'crypto/xyz.(*Conn).Read',
  ]);
  expect(missing.filter(({ role }) => role === 'read')).toEqual([
    { role: 'read', reason: expect.stringMatching(/^crypto\/xyz\.\(\*Other\)\.Read: /u) as unknown },
  ]);
});

test('a name that two functions have is not probed', (context) => {
  const other = 'crypto/tls.(*Conn).handshakeContext\0';
  const source = renamed(context, [[other, 'crypto/tls.(*Conn).Read\0'.padEnd(other.length, '\0')]]);
  expect(planGo(source, 'renamed')).toMatchObject({
    ok: false,
    refusal: {
      code: 'site-refused',
      reason: expect.stringContaining('unique name (2 functions of this name)') as unknown,
    },
  });
});

function planOf(source: ByteSource): ProbePlan {
  const result = planGo(source, 'renamed');
  return result.ok ? result.plan : expect.unreachable(`${result.refusal.code}: ${result.refusal.reason}`);
}

/** The program with names in its line table replaced by others of the same length. */
function renamed(context: TestContext, replacements: readonly (readonly [string, string])[]): ByteSource {
  const program = Buffer.from(readFileSync(needProvided(context, provided)));
  const table = program.indexOf(Buffer.from('f1ffffff00000108', 'hex'));
  for (const [from, to] of replacements) {
    expect(to).toHaveLength(from.length);
    let found = 0;
    for (let at = program.indexOf(from, table, 'latin1'); at >= 0; at = program.indexOf(from, at, 'latin1')) {
      program.write(to, at, 'latin1');
      found++;
    }
    expect(found).toBeGreaterThan(0);
  }
  return bytesSource(program);
}
