import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { listCode } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';
import { parseElf } from '../../../src/binary/elf.ts';
import { findGoTable } from '../../../src/binary/go/go-table.ts';
import { succeeded } from '../../../src/family/go/attempt.ts';
import { indexFunctions } from '../../../src/family/go/function-index.ts';
import { findGoCode, type GoCode } from '../../../src/family/go/go-code.ts';
import type { GoProgram } from '../../../src/family/go/go-program.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import { planRole } from '../../../src/family/go/plan-role.ts';
import { findStackCheck } from '../../../src/family/go/stack-check.ts';
import type { SiteRole } from '../../../src/plan/probe-plan.ts';
import { arm64Program } from '../../support/arm64-program.ts';
import { needProvided } from '../../support/need-provided.ts';
import { buildGoProgram } from '../../binary/go/build-go-program.ts';
import { esbuildReleases, provideRealProgram, type RealProgram } from '../../support/real-program.ts';

const functions: readonly { readonly role: SiteRole; readonly name: string }[] = [
  { role: 'read', name: 'crypto/tls.(*Conn).Read' },
  { role: 'write', name: 'crypto/tls.(*Conn).writeRecordLocked' },
  { role: 'close', name: 'crypto/tls.(*Conn).Close' },
];
const machinesTested: readonly { readonly machine: string; readonly release: RealProgram }[] = [
  { machine: 'x86-64', release: esbuildReleases.at(-1) ?? expect.unreachable('no release') },
  { machine: 'arm64', release: arm64Program },
];

test.for(machinesTested)(
  '$machine: whatever is done to the code, a site is an instruction that passed its checks',
  { timeout: 120_000 },
  async ({ release }, context) => {
    const program = openProgram(needProvided(context, await provideRealProgram(release)));
    const originals = functions.map(({ role, name }) => ({
      role,
      code: findGoCode(program.elf, program.functions, name) ?? expect.unreachable(name),
    }));
    const mutation = fc.record({
      index: fc.nat(originals.length - 1),
      edits: fc.array(fc.record({ at: fc.nat(4000), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
    });
    fc.assert(
      fc.property(mutation, ({ index, edits }) => {
        const original = originals[index] ?? expect.unreachable();
        const bytes = Buffer.from(original.code.bytes);
        for (const { at, bytes: replacement } of edits) bytes.set(replacement, at % (bytes.length - 4));
        const code = decodeAgain(program, original.code, bytes);
        const attempts = planRole(program, code, original.role, 'crypto/tls', undefined);
        for (const attempt of attempts.filter(succeeded)) {
          for (const site of attempt.sites) {
            expect(code.listing.at(site.offset)?.lengthBytes).toBe(site.bytes.length / 2);
            expect(bytes.toString('hex', site.offset, site.offset + site.bytes.length / 2)).toBe(site.bytes);
          }
        }
      }),
      { numRuns: 1500 },
    );
  },
);

test('any bytes are refused, with words', () => {
  const elfHeader = Buffer.from('7f454c46020101000000000000000000', 'hex');
  const hostile = fc
    .tuple(
      fc.boolean(),
      fc.constantFrom(2, 3),
      fc.constantFrom(0x3e, 0xb7),
      fc.uint8Array({ maxLength: 400 }),
    )
    .map(([elf, kind, machine, rest]) => {
      const type = Buffer.from([kind, 0, machine, 0, 1, 0, 0, 0]);
      return elf ? Buffer.concat([elfHeader, type, rest]) : Buffer.from(rest);
    });
  fc.assert(
    fc.property(hostile, (bytes) => {
      const result = planGo(bytesSource(bytes), 'hostile');
      expect(result.ok).toBe(false);
      if (!result.ok) expect(result.refusal.message).not.toBe('');
    }),
    { numRuns: 5000 },
  );
});

test('a program of which no function can be read is refused with a reason', () => {
  const names = ['runtime.memmove', 'crypto/tls.(*Conn).Read', 'crypto/tls.(*Conn).writeRecordLocked'];
  const { file } = buildGoProgram({
    layout: '1.18',
    pointers: 'relocations',
    functions: names.map((name) => ({ name, sizeBytes: 32 })),
    textStartInHeader: false,
    sections: { table: '.gopclntab', moduledata: '.go.module' },
  });
  // Two names become one, which begins as if crypto/tls were there.
  file.set([0xff, 0xfe], file.indexOf('\0crypto/tls.(*Conn).writeRecordLocked'));
  const planned = planGo(bytesSource(file), 'hostile');
  expect(planned).toMatchObject({ ok: false, refusal: { code: 'function-missing' } });
  if (!planned.ok) expect(planned.refusal.reason).not.toBe('');
});

test('a program damaged anywhere is planned or refused, soon', async (context) => {
  const release = esbuildReleases.at(-1) ?? expect.unreachable('no release');
  const original = readFileSync(needProvided(context, await provideRealProgram(release)));
  const edits = fc.array(
    fc.record({
      part: fc.double({ min: 0, max: 0.999, noNaN: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(edits, fc.boolean(), (changes, early) => {
      const bytes = Buffer.from(original);
      // Headers, and whatever lies in the first 4 kB, are a small part of a file but the most consequential one.
      const span = early ? 4096 : bytes.length - 64;
      for (const { part, bytes: replacement } of changes) bytes.set(replacement, Math.floor(part * span));
      const before = process.cpuUsage();
      const result = planGo(bytesSource(bytes), 'damaged');
      const used = process.cpuUsage(before);
      expect(used.user + used.system).toBeLessThan(5_000_000);
      if (!result.ok) expect(result.refusal.reason).not.toBe('');
    }),
    { numRuns: 25 },
  );
}, 120_000);

function openProgram(path: string): GoProgram {
  const parsed = parseElf(bytesSource(readFileSync(path)));
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  const found = findGoTable(parsed.elf);
  if (!found.ok) throw new Error(found.problem.detail);
  const index = indexFunctions(found.table);
  return { elf: parsed.elf, table: found.table, functions: index, convention: 'register' };
}

function decodeAgain(program: GoProgram, original: GoCode, bytes: Buffer): GoCode {
  const { architecture } = program.elf;
  const listing = listCode(bytes, machines[architecture].decode);
  const callee = (offset: number): string | undefined =>
    program.functions.nameAt(original.function.address + offset);
  return { ...original, bytes, listing, stackCheck: findStackCheck(architecture, bytes, listing, callee) };
}
