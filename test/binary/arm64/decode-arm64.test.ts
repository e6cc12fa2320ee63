import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeArm64 } from '../../../src/binary/arm64/decode-arm64.ts';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { noRegister, type Instruction } from '../../../src/binary/code/instruction.ts';
import { parseElf } from '../../../src/binary/elf.ts';
import { arm64Program } from '../../support/arm64-program.ts';
import { needProvided } from '../../support/need-provided.ts';
import { provideRealProgram } from '../../support/real-program.ts';
import { expectInstruction } from './expected-instruction.ts';
import { disassembleArm64 } from './objdump-oracle.ts';

const flows: readonly {
  readonly name: string;
  readonly word: number;
  readonly flow: Instruction['flow'];
  readonly target?: number;
}[] = [
  { name: 'b +8', word: 0x14000002, flow: 'jump', target: 8 },
  { name: 'b -4', word: 0x17ffffff, flow: 'jump', target: -4 },
  { name: 'bl +4', word: 0x94000001, flow: 'call', target: 4 },
  { name: 'b.ls +0x3c', word: 0x540001e9, flow: 'branch', target: 0x3c },
  { name: 'b.eq -4', word: 0x54ffffe0, flow: 'branch', target: -4 },
  { name: 'cbz x0, +8', word: 0xb4000040, flow: 'branch', target: 8 },
  { name: 'cbnz w1, +12', word: 0x35000061, flow: 'branch', target: 12 },
  { name: 'tbz w1, #3, +16', word: 0x36180081, flow: 'branch', target: 16 },
  { name: 'tbnz x1, #40, -8', word: 0xb747ffc1, flow: 'branch', target: -8 },
  { name: 'br x1', word: 0xd61f0020, flow: 'indirect-jump' },
  { name: 'braa x1, x2', word: 0xd71f0822, flow: 'indirect-jump' },
  { name: 'blr x1', word: 0xd63f0020, flow: 'indirect-call' },
  { name: 'ret', word: 0xd65f03c0, flow: 'return' },
  { name: 'retaa', word: 0xd65f0bff, flow: 'return' },
  { name: 'brk #0', word: 0xd4200000, flow: 'trap' },
  { name: 'udf #0, as padding', word: 0, flow: 'trap' },
  { name: 'nop', word: 0xd503201f, flow: 'next' },
  { name: 'svc #0', word: 0xd4000001, flow: 'next' },
];

test.each(flows)('control flow: $name', ({ word, flow, target }) => {
  const instruction = decodeArm64(bytesOf(word), 0);
  expect(instruction).toMatchObject({ offset: 0, lengthBytes: 4, flow });
  expect(instruction?.target).toBe(target);
});

const sp = 31;
const memories: readonly {
  readonly name: string;
  readonly word: number;
  readonly memory: Partial<NonNullable<Instruction['memory']>>;
}[] = [
  {
    name: 'str x0, [sp, #120]',
    word: 0xf9003fe0,
    memory: { base: sp, displacement: 120, sizeBytes: 8, access: 'store', register: 0 },
  },
  {
    name: 'ldr x1, [sp, #120]',
    word: 0xf9403fe1,
    memory: { base: sp, displacement: 120, sizeBytes: 8, access: 'load', register: 1 },
  },
  {
    name: 'str w0, [sp, #120]',
    word: 0xb9007be0,
    memory: { displacement: 120, sizeBytes: 4, access: 'store', register: noRegister },
  },
  { name: 'strb w0, [sp, #5]', word: 0x390017e0, memory: { displacement: 5, sizeBytes: 1, access: 'store' } },
  { name: 'ldrsw x0, [sp, #8]', word: 0xb9800be0, memory: { displacement: 8, sizeBytes: 4, access: 'load' } },
  {
    name: 'str q0, [sp, #32]',
    word: 0x3d800be0,
    memory: { displacement: 32, sizeBytes: 16, access: 'store', register: noRegister },
  },
  {
    name: 'ldr q0, [sp, #32]',
    word: 0x3dc00be0,
    memory: { displacement: 32, sizeBytes: 16, access: 'load' },
  },
  {
    name: 'stur x0, [sp, #-8]',
    word: 0xf81f83e0,
    memory: { displacement: -8, access: 'store', register: 0 },
  },
  {
    name: 'stp x29, x30, [sp, #-8]',
    word: 0xa93ffbfd,
    memory: { displacement: -8, sizeBytes: 16, access: 'store' },
  },
  {
    name: 'ldp w0, w1, [sp, #8]',
    word: 0x294107e0,
    memory: { displacement: 8, sizeBytes: 8, access: 'load' },
  },
  {
    name: 'stp q0, q1, [sp, #32]',
    word: 0xad0107e0,
    memory: { displacement: 32, sizeBytes: 32, access: 'store' },
  },
  { name: 'ldr x0, [sp, x1]', word: 0xf8616be0, memory: { base: sp, indexed: true, access: 'load' } },
  { name: 'ldadd x0, x1, [x2]', word: 0xf8200041, memory: { base: 2, indexed: true, access: 'unknown' } },
  { name: 'ldr x0, pc-relative', word: 0x58000040, memory: { base: noRegister, access: 'load' } },
  { name: 'prfm', word: 0xf9800000, memory: { sizeBytes: 0, access: 'address' } },
];

test.each(memories)('memory: $name', ({ word, memory }) => {
  expect(decodeArm64(bytesOf(word), 0)?.memory).toMatchObject(memory);
});

const stackEffects: readonly {
  readonly name: string;
  readonly word: number;
  readonly effect: Partial<Instruction>;
}[] = [
  { name: 'str x30, [sp, #-112]!', word: 0xf8190ffe, effect: { stackDeltaBytes: -112 } },
  { name: 'ldr x30, [sp], #112', word: 0xf84707fe, effect: { stackDeltaBytes: 112 } },
  { name: 'stp x29, x30, [sp, #-32]!', word: 0xa9be7bfd, effect: { stackDeltaBytes: -32 } },
  { name: 'sub sp, sp, #112', word: 0xd101c3ff, effect: { stackDeltaBytes: -112 } },
  { name: 'add sp, sp, #1, lsl #12', word: 0x914007ff, effect: { stackDeltaBytes: 4096 } },
  {
    name: 'sub x20, sp, #304',
    word: 0xd104c3f4,
    effect: { stackDeltaBytes: 0, copiesStackPointer: { register: 20, deltaBytes: -304 } },
  },
  { name: 'mov sp, x20', word: 0x9100029f, effect: { stackDeltaBytes: undefined, stackPointerFrom: 20 } },
  {
    name: 'add sp, x20, #8',
    word: 0x9100229f,
    effect: { stackDeltaBytes: undefined, stackPointerFrom: undefined },
  },
  { name: 'sub sp, sp, x27', word: 0xcb3b63ff, effect: { stackDeltaBytes: undefined } },
  { name: 'and sp, x0, #~15', word: 0x927cec1f, effect: { stackDeltaBytes: undefined } },
  { name: 'cmp sp, x16', word: 0xeb3063ff, effect: { stackDeltaBytes: 0 } },
  { name: 'subs xzr, x0, #1', word: 0xf100041f, effect: { stackDeltaBytes: 0 } },
  { name: 'ldadd x0, x1, [sp]', word: 0xf82003e1, effect: { stackDeltaBytes: 0 } },
  { name: 'ld1 {v0.16b}, [sp], #16', word: 0x4cdf73e0, effect: { stackDeltaBytes: undefined } },
];

test.each(stackEffects)('stack pointer: $name', ({ word, effect }) => {
  expect(decodeArm64(bytesOf(word), 0)).toMatchObject(effect);
});

test('three bytes, and a group of encodings that has no instructions, are none', () => {
  expect(decodeArm64(Buffer.from('1f2003', 'hex'), 0)).toBeUndefined();
  expect(decodeArm64(bytesOf(0x02000000), 0)).toBeUndefined();
  expect(decodeArm64(bytesOf(0x06000000), 0)).toBeUndefined();
  expect(decodeArm64(bytesOf(0x00010000), 0)).toBeUndefined();
});

test('any bytes: an instruction of four bytes within them, or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(12), (code, at) => {
      const instruction = decodeArm64(code, at);
      if (instruction === undefined) return;
      expect(instruction).toMatchObject({ offset: at, lengthBytes: 4 });
      expect(at + 4).toBeLessThanOrEqual(code.length);
      if (instruction.target !== undefined) expect(Math.abs(instruction.target - at) % 4).toBe(0);
    }),
    { numRuns: 10_000 },
  );
});

test('agrees with objdump on code of a Go program', async (context) => {
  const path = needProvided(context, await provideRealProgram(arm64Program));
  const parsed = parseElf(bytesSource(readFileSync(path)));
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  const text = parsed.elf.section('.text') ?? expect.unreachable('no .text');
  let compared = 0;
  for (const part of [0.1, 0.4, 0.7]) {
    const start = text.address + Math.floor((text.sizeBytes * part) / 4) * 4;
    const lines = needProvided(context, await disassembleArm64(path, start, start + 64 * 1024));
    const code = parsed.elf.read(start, 64 * 1024);
    for (const line of lines) {
      const at = line.address - start;
      expectInstruction(decodeArm64(code, at), line, start);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(40_000);
}, 120_000);

function bytesOf(word: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word);
  return bytes;
}
