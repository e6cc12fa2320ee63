import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import type { ByteSource } from '../../../src/binary/byte-source.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import type { Refusal } from '../../../src/plan/probe-plan.ts';
import { goBuilds } from '../../support/go-builds.ts';
import { provideGoProgram } from '../../support/go-program.ts';
import { needProvided } from '../../support/need-provided.ts';
import type { Provided } from '../../support/provided.ts';
import { esbuildReleases, provideRealProgram } from '../../support/real-program.ts';
import { patchSource } from './patched-program.ts';

let real: Provided<string>;
let withoutTls: Provided<string>;
beforeAll(async () => {
  real = await provideRealProgram(esbuildReleases.at(-1) ?? expect.unreachable('no release'));
  withoutTls = await provideGoProgram(goBuilds.notls);
}, 300_000);

const tableMagic = Buffer.from('f1ffffff00000108', 'hex');

/** What is done to a real program, and how it is then refused. */
const changes: readonly {
  readonly code: string;
  readonly message: string;
  readonly change: (program: Buffer) => ByteSource;
}[] = [
  {
    code: 'not-elf',
    message: 'it is not an ELF file',
    change: () => bytesSource(Buffer.from('#!/bin/sh\n')),
  },
  { code: 'not-elf', message: 'it is not an ELF file', change: () => bytesSource(Buffer.alloc(0)) },
  { code: '32-bit', message: 'it is a 32-bit program', change: (program) => patched(program, 4, '01') },
  {
    code: 'big-endian',
    message: 'it is a big-endian program',
    change: (program) => patched(program, 5, '02'),
  },
  {
    code: 'other-machine',
    message: 'it is a program for RISC-V',
    change: (program) => patched(program, 18, 'f300'),
  },
  {
    code: 'not-executable',
    message: 'it is neither a program nor a shared library',
    change: (program) => patched(program, 16, '0100'),
  },
  {
    code: 'truncated',
    message: 'the file is truncated',
    change: (program) => bytesSource(program.subarray(0, program.length / 2)),
  },
  {
    code: 'no-line-table',
    message: 'it is a Go program whose line table was removed',
    change: (program) => patched(program, program.indexOf(tableMagic), '00'.repeat(4096)),
  },
  {
    code: 'function-missing',
    message: 'it has no crypto/tls.(*Conn).Read',
    change: (program) => renamed(program, 'crypto/tls.(*Conn).Read'),
  },
  {
    code: 'function-missing',
    message: 'it has no crypto/tls.(*Conn).writeRecordLocked',
    change: (program) => renamed(program, 'crypto/tls.(*Conn).writeRecordLocked'),
  },
];

test.for(changes)('refused: $code, $message', ({ code, message, change }, context) => {
  const refusal = refusalOf(change(readFileSync(needProvided(context, real))));
  expect(refusal).toMatchObject({ code, message });
  expect(refusal.reason).not.toBe('');
  expect(refusal.remedy).not.toBe('');
});

test('a program that is not Go is refused with the libraries it links', () => {
  const refusal = refusalOf(bytesSource(readFileSync(process.execPath)));
  expect(refusal).toMatchObject({ code: 'not-go', message: 'it is not a Go program' });
  expect(refusal.reason).toMatch(/^no Go line table found in its segments; it links .*libc\.so\.6/);
});

test('a Go program without TLS is refused', (context) => {
  const refusal = refusalOf(bytesSource(readFileSync(needProvided(context, withoutTls))));
  expect(refusal).toMatchObject({ code: 'no-crypto-tls', message: 'it has no crypto/tls in it' });
});

test('a program without writeKeyLog or Close is planned, and says what is missing', (context) => {
  const program = readFileSync(needProvided(context, real));
  const secrets = 'crypto/tls.(*Config).writeKeyLog';
  const result = planGo(renamed(program, secrets), 'renamed');
  expect(result).toMatchObject({
    ok: true,
    plan: { missing: [{ role: 'secrets', reason: `${secrets} is not in the program` }] },
  });
});

test('another architecture is planned like our own', (context) => {
  const source = bytesSource(readFileSync(needProvided(context, real)));
  const result = planGo(source, 'esbuild');
  expect(result).toMatchObject({ ok: true, plan: { architecture: 'x86-64' } });
});

function refusalOf(source: ByteSource): Refusal {
  const result = planGo(source, 'program');
  return result.ok ? expect.unreachable('it was accepted') : result.refusal;
}

function patched(program: Buffer, offset: number, hex: string): ByteSource {
  expect(offset).toBeGreaterThanOrEqual(0);
  return patchSource(bytesSource(program), [{ offset, hex }]);
}

/** Changes the last letter of a function's name in the line table. */
function renamed(program: Buffer, name: string): ByteSource {
  const at = program.indexOf(`${name}\0`, program.indexOf(tableMagic), 'latin1');
  return patched(program, at + name.length - 1, '5a');
}
