import { expect, test } from 'vitest';
import { formatPlan } from '../../src/plan/format-plan.ts';
import { createPaint } from '../../src/util/paint.ts';
import { examplePlan } from './example-plan.ts';

test('shows what is probed, where and why', () => {
  expect(formatPlan(examplePlan)).toBe(`\
/usr/bin/caddy   x86-64 PIE, stripped   Go 1.26.5   register ABI   build-id 9f3c21
  text base    0x46c000   moduledata
  write        crypto/tls.(*Conn).writeRecordLocked   0x5b1d20   +0   entry   file 0x1b1d20   a restart hits twice: the second hit is dropped; single-stepped
                                                                 +782 ret     file 0x1b202e   tells a restart from another call; single-stepped
  read         crypto/tls.(*Conn).Read                0x5b4aa0   +526 call    file 0x1b4cae   runtime.memmove, only one, receiver at SP+104
  secrets      none   crypto/tls.(*Config).writeKeyLog is not in the program
  checks       3 of 4 passed   the others: inspect -v
`);
});

test('verbose: every check, and the profile', () => {
  const text = formatPlan(examplePlan, { verbose: true });
  expect(text).toContain(`\
  checks       3 of 4 passed
    write: crypto/tls.(*Conn).writeRecordLocked by entry
      ok      returns   2 return instructions
    read: crypto/tls.(*Conn).Read by call-memmove
      ok      decodes   234 instructions
      ok      frame     96 bytes
    others
      failed  write by stack-check-jump: stack check   the jump at +12 does not lead to runtime.morestack
  profile      register_abi 0x1, family_offset 0x38
`);
});

test('colour adds nothing but colour', () => {
  const plain = formatPlan(examplePlan, { verbose: true });
  const coloured = formatPlan(examplePlan, { verbose: true, paint: createPaint(true) });
  expect(coloured).not.toBe(plain);
  expect(coloured.replaceAll(/\x1b\[\d+m/g, '')).toBe(plain);
});

test('an unknown version and a program that is neither stripped nor position independent', () => {
  const plan = {
    ...examplePlan,
    toolchain: null,
    buildId: null,
    stripped: false,
    positionIndependent: false,
  };
  expect(formatPlan(plan).split('\n')[0]).toBe('/usr/bin/caddy   x86-64   unknown version   register ABI');
});
