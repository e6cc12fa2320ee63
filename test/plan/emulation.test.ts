import { expect, test } from 'vitest';
import { isEmulated } from '../../src/plan/emulation.ts';

test.each([
  ['jbe, near', '0f86e1080000', true],
  ['jbe, short', '7612', true],
  ['call', 'e8ed4de8ff', true],
  ['jmp', 'eb05', true],
  ['nop', '90', true],
  ['push rbp', '55', true],
  ['push r12', '4154', true],
  ['push r12 with another REX prefix', '4954', false],
  ['call with a 66 prefix', '66e8ed4de8ff', false],
  ['call rax', 'ffd0', false],
  ['ret', 'c3', false],
  ['sub rsp', '4883ec60', false],
  ['cmp rsp, [r14+16]', '493b6610', false],
  ['endbr64', 'f30f1efa', false],
  ['jbe with a not-taken hint', '2e7612', false],
])('x86-64: %s', (_name, hex, emulated) => {
  expect(isEmulated('x86-64', Buffer.from(hex, 'hex'))).toBe(emulated);
});

test.each([
  ['b.ls', '49350054', true],
  ['bl', '6f2dfc97', true],
  ['b', '02000014', true],
  ['ret', 'c0035fd6', true],
  ['br x1', '20001fd6', true],
  ['blr x2', '40003fd6', true],
  ['cbz', '400000b4', true],
  ['tbz', '81001836', true],
  ['adrp', 'a12000b0', true],
  ['ldr x0, pc-relative', '40000058', true],
  ['ldr x16, [x28, #16]', '900b40f9', false],
  ['str x30, [sp, #-112]!', 'fe0f19f8', false],
  ['ldr q0, pc-relative', '4000009c', false],
])('arm64: %s', (_name, hex, emulated) => {
  expect(isEmulated('arm64', Buffer.from(hex, 'hex'))).toBe(emulated);
});
