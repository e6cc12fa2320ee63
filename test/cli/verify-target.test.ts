import { expect, it } from 'vitest';
import { verifyTarget } from '../../src/cli/verify-target.ts';
import type { ProbePlan } from '../../src/plan/probe-plan.ts';
import { UserError } from '../../src/util/user-error.ts';

const plan = {
  architecture: 'x86-64',
  sites: [{ function: 'crypto/tls.(*Conn).Read', offset: 526, fileOffset: 4, bytes: 'e8ed4de8ff' }],
} as unknown as ProbePlan;

const file = (bytes: Buffer) => ({
  path: '/usr/bin/caddy',
  readNow: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});

it('accepts the file that was planned', () => {
  expect(() => verifyTarget(file(Buffer.from('00000000e8ed4de8ff90', 'hex')), plan)).not.toThrow();
});

it.each([
  ['other bytes', '0000000090ed4de8ff90'],
  ['a breakpoint, which no file should hold', '00000000cced4de8ff90'],
  ['a file that became shorter', '00000000e8ed'],
])('refuses %s', (_, hex) => {
  expect(() => verifyTarget(file(Buffer.from(hex, 'hex')), plan)).toThrow(UserError);
});
