import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Instruction } from '../../../src/binary/code/instruction.ts';
import { noRegister } from '../../../src/binary/code/instruction.ts';
import { parseElf } from '../../../src/binary/elf.ts';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { decodeX8664 } from '../../../src/binary/x86-64/decode-x86-64.ts';
import { needProvided } from '../../support/need-provided.ts';
import { esbuildReleases, provideRealProgram } from '../../support/real-program.ts';
import { compareWithIced } from './iced-oracle.ts';

const flows: readonly (readonly [string, string, Instruction['flow'], number?])[] = [
  ['ret', 'c3', 'return'],
  ['ret 8', 'c20800', 'return'],
  ['jmp +2', 'eb02', 'jump', 4],
  ['jmp -5', 'e9f6ffffff', 'jump', -5],
  ['jbe +0x12', '7612', 'branch', 0x14],
  ['jbe, near', '0f8612000000', 'branch', 0x18],
  ['jbe with a 66 prefix keeps 32 bits', '660f8612000000', 'branch', 0x19],
  ['call +1', 'e801000000', 'call', 6],
  ['call rax', 'ffd0', 'indirect-call'],
  ['call [rip+1]', 'ff1501000000', 'indirect-call'],
  ['jmp rax', 'ffe0', 'indirect-jump'],
  ['jmp [rax*8+1]', 'ff24c501000000', 'indirect-jump'],
  ['int3', 'cc', 'trap'],
  ['ud2', '0f0b', 'trap'],
  ['hlt', 'f4', 'trap'],
  ['loop', 'e2fe', 'branch', 0],
  ['mov rbx, rax holds a C3', '4889c3', 'next'],
  ['a REX prefix before another prefix is void: mov ax, imm16', '4866b8c300', 'next'],
  ['xbegin', 'c7f802000000', 'branch', 8],
];

test.each(flows.map(([name, hex, flow, target]) => ({ name, hex, flow, target })))(
  'control flow: $name',
  ({ hex, flow, target }) => {
    const code = Buffer.from(hex, 'hex');
    const instruction = decodeX8664(code, 0);
    expect(instruction).toMatchObject({ offset: 0, lengthBytes: code.length, flow });
    expect(instruction?.target).toBe(target);
  },
);

const rbx = 3;
const rsp = 4;
const rbp = 5;
const memories: readonly (readonly [
  string,
  string,
  Partial<NonNullable<Instruction['memory']>> | undefined,
])[] = [
  [
    'mov [rsp+104], rax',
    '4889442468',
    { base: rsp, displacement: 104, sizeBytes: 8, access: 'store', register: 0 },
  ],
  [
    'mov rbx, [rsp+0x80]',
    '488b9c2480000000',
    { base: rsp, displacement: 128, access: 'load', register: rbx },
  ],
  [
    'mov [rsp+8], ebx',
    '895c2408',
    { base: rsp, displacement: 8, sizeBytes: 4, access: 'store', register: noRegister },
  ],
  ['movq [rsp+80], xmm15', '66440fd67c2450', { base: rsp, displacement: 80, sizeBytes: 8, access: 'store' }],
  ['lea rdi, [rsp+8]', '488d7c2408', { base: rsp, displacement: 8, sizeBytes: 0, access: 'address' }],
  [
    'movups [rsp+8], xmm15',
    '440f117c2408',
    { base: rsp, sizeBytes: 16, access: 'store', register: noRegister },
  ],
  ['cmp qword [rbp-8], 0', '48837df800', { base: rbp, displacement: -8, access: 'load' }],
  ['add qword [rsp+8], 1', '488344240801', { base: rsp, displacement: 8, access: 'unknown' }],
  ['mov [rsp+rcx+8], rax', '4889440c08', { base: rsp, indexed: true, displacement: 8, access: 'store' }],
  ['mov rcx, fs:[-8]', '64488b0c25f8ffffff', { base: noRegister, access: 'load' }],
  ['mov [r12], rax', '49890424', { base: 12, displacement: 0, access: 'store' }],
  ['mov rax, [rip+1]', '488b0501000000', { base: noRegister }],
  ['vmovdqu [rsp+8], ymm0', 'c5fe7f442408', { base: rsp, displacement: 8, sizeBytes: 32, access: 'unknown' }],
  [
    'EVEX scales: at most 64 to 128 bytes on',
    '62f17e487f442401',
    { base: rsp, displacement: 1, sizeBytes: 127 },
  ],
  ['nop [rax+rax]', '0f1f440000', { sizeBytes: 0, access: 'address' }],
  ['mov rax, rbx', '4889d8', undefined],
];

test.each(memories)('memory: %s', (_name, hex, memory) => {
  const instruction = decodeX8664(Buffer.from(hex, 'hex'), 0);
  expect(instruction?.lengthBytes).toBe(hex.length / 2);
  if (memory === undefined) expect(instruction?.memory).toBeUndefined();
  else expect(instruction?.memory).toMatchObject(memory);
});

const stackDeltas: readonly (readonly [string, string, number | undefined])[] = [
  ['push rbp', '55', -8],
  ['push r12', '4154', -8],
  ['pop rbp', '5d', 8],
  ['pop rsp', '5c', undefined],
  ['pop r12', '415c', 8],
  ['sub rsp, 0x60', '4883ec60', -0x60],
  ['sub rsp, 0x150', '4881ec50010000', -0x150],
  ['add rsp, -128', '4883c480', -128],
  ['add r12, 8', '4983c408', 0],
  ['lea rsp, [rsp+8]', '488d642408', 8],
  ['lea rsp, [rbp-8]', '488d65f8', undefined],
  ['mov rsp, rbp', '4889ec', undefined],
  ['mov rbp, rsp', '4889e5', 0],
  ['and rsp, -16', '4883e4f0', undefined],
  ['leave', 'c9', undefined],
  ['mov ah, 1 is no part of RSP', 'b401', 0],
  ['call', 'e800000000', 0],
];

test.each(stackDeltas)('stack pointer: %s', (_name, hex, delta) => {
  expect(decodeX8664(Buffer.from(hex, 'hex'), 0)?.stackDeltaBytes).toBe(delta);
});

test.each([
  ['invalid in 64-bit mode', '06'],
  ['cut off', '0f86120000'],
  ['too long', '66666666666666666666666666666690'],
  ['VEX behind a REX prefix', '48c5f877'],
  ['nothing', ''],
])('no instruction: %s', (_name, hex) => {
  expect(decodeX8664(Buffer.from(hex, 'hex'), 0)).toBeUndefined();
});

/** Bytes in which the rarer maps, prefixes and encodings are as frequent as the common ones. */
const oddCode = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom(
        ...['0f', '0f38', '0f3a', 'c4e3', 'c5', '62f1', '8fe8', '66', 'f2', 'f3', '48'].map((lead) =>
          Buffer.from(lead, 'hex'),
        ),
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat([...parts, Buffer.alloc(16, 0x90)]));

test('agrees with iced-x86 at every byte of odd code', () => {
  fc.assert(
    fc.property(oddCode, (code) => {
      expect(compareWithIced(code, { everyByte: true, thorough: true }).differences).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

test('any bytes: an instruction of 1 to 15 bytes within them, or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(20), (code, at) => {
      const instruction = decodeX8664(code, at);
      if (instruction === undefined) return;
      expect(instruction.offset).toBe(at);
      expect(instruction.lengthBytes).toBeGreaterThan(0);
      expect(instruction.lengthBytes).toBeLessThanOrEqual(Math.min(15, code.length - at));
    }),
    { numRuns: 10_000 },
  );
});

test('agrees with iced-x86 on the whole C library that runs this test, RSP and memory included', (context) => {
  const path = /\S+\/libc\.so\.6$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? '';
  context.skip(process.arch !== 'x64' || path === '', 'there is no libc.so.6 for x86-64 here');
  const { compared, invalid, unknownStack, differences } = compareWithIced(codeOf(path), { thorough: true });
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(200_000);
  expect(invalid).toBeLessThan(compared / 10_000);
  // LEAVE, and RSP set from RBP or aligned: all of them in functions with large or variable frames.
  expect(unknownStack).toBeLessThan(compared / 100);
}, 120_000);

test('agrees with iced-x86 on every instruction of a Go program', async (context) => {
  const [release = expect.unreachable('no release')] = esbuildReleases;
  const code = codeOf(needProvided(context, await provideRealProgram(release)));
  const { compared, invalid, differences } = compareWithIced(code);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(500_000);
  // Tables among the code of hand-written assembly.
  expect(invalid).toBeLessThan(compared / 10_000);
}, 120_000);

// All of it with TLSTAP_TEST_WHOLE=1: 60 MB of code.
test('agrees with iced-x86 on pieces from all over Node.js itself', (context) => {
  context.skip(process.arch !== 'x64', 'Node.js is not for x86-64 here');
  const code = codeOf(process.execPath);
  const whole = process.env['TLSTAP_TEST_WHOLE'] === '1';
  const pieces = whole ? 1 : 16;
  const pieceBytes = whole ? code.length : Math.min(96 * 1024, code.length);
  for (let piece = 0; piece < pieces; piece++) {
    const start = Math.floor((piece * (code.length - pieceBytes)) / pieces);
    const { compared, invalid, differences } = compareWithIced(code.subarray(start, start + pieceBytes));
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(1000);
    // A piece may begin within an instruction.
    expect(invalid).toBeLessThan(Math.max(16, compared / 1000));
  }
}, 120_000);

function codeOf(path: string): Buffer {
  const source = bytesSource(readFileSync(path));
  const parsed = parseElf(source);
  const section = parsed.ok ? parsed.elf.section('.text') : undefined;
  if (section === undefined) throw new Error(`${path} has no .text`);
  return source.read(section.offset, section.sizeBytes);
}
