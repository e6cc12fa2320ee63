import { describe, expect, test } from 'vitest';
import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';
import { buildEntryProgram } from '../../../src/packet/filter/build-entry-program.ts';
import { LibpcapOracle } from '../../support/libpcap-oracle.ts';
import { machineInterface, runEbpf } from './ebpf-machine.ts';
import { interpretClassic } from './interpret-classic.ts';

const returnA = at(0x16);
const packet = Buffer.from(Array.from({ length: 64 }, (_, index) => index + 1));

/** A and X are set, the operation is done, A is returned. */
function withX(a: number, x: number, code: number): readonly ClassicInstruction[] {
  return [at(0x00, a), at(0x01, x), at(code), returnA];
}

describe('where classic BPF and eBPF differ, libpcap is followed', () => {
  test.each<[string, readonly ClassicInstruction[], number]>([
    ['shift left by 31', withX(3, 31, 0x6c), 0x8000_0000],
    ['shift left by 32', withX(3, 32, 0x6c), 0],
    ['shift left by 2^32 - 1', withX(3, 0xffff_ffff, 0x6c), 0],
    ['shift right by 31', withX(0xffff_ffff, 31, 0x7c), 1],
    ['shift right by 32', withX(0xffff_ffff, 32, 0x7c), 0],
    ['what is behind a shift by 32 is done', [...withX(3, 32, 0x6c).slice(0, 3), at(0x04, 9), returnA], 9],
    ['division by zero ends the program', [...withX(3, 0, 0x3c).slice(0, 3), at(0x04, 9), returnA], 0],
    ['so does the remainder of one', [...withX(3, 0, 0x9c).slice(0, 3), at(0x04, 9), returnA], 0],
    ['division is unsigned', withX(0xffff_fffe, 2, 0x3c), 0x7fff_ffff],
    ['division by a constant, too', [at(0x00, 0xffff_fffe), at(0x34, 0xffff_fffe), returnA], 1],
    ['sums wrap', withX(0xffff_ffff, 3, 0x0c), 2],
    ['differences wrap', withX(1, 2, 0x1c), 0xffff_ffff],
    ['products wrap', withX(0x1_0001, 0x1_0001, 0x2c), 0x2_0001],
    ['negation wraps', [at(0x00, 1), at(0x84), returnA], 0xffff_ffff],
    [
      'comparison is unsigned',
      [at(0x00, 0xffff_ffff), { ...at(0x25, 5), jumpFalse: 1 }, at(0x06, 7), returnA],
      7,
    ],
    ['X does not wrap into the packet', [at(0x01, 0xffff_ffff), at(0x50, 1), returnA], 0],
    ['k does not wrap into the packet', [at(0x01, 1), at(0x50, 0xffff_ffff), returnA], 0],
    ['the last byte', [at(0x30, 63), returnA], 64],
    ['behind the last byte', [at(0x30, 64), returnA], 0],
    ['a word over the end', [at(0x20, 61), returnA], 0],
    ['a word at the end', [at(0x20, 60), returnA], 0x3d3e_3f40],
    ['a word at the end by X', [at(0x01, 50), at(0x40, 10), returnA], 0x3d3e_3f40],
    ['a word over the end by X', [at(0x01, 50), at(0x40, 11), returnA], 0],
    ['the length of a header', [at(0xb1, 14), at(0x87), returnA], 60],
    ['the length of a header behind the end', [at(0xb1, 64), at(0x06, 9)], 0],
    ['nothing returned', [at(0x00, 0), returnA], 0],
  ])('%s', (_, program, expected) => {
    expect(interpretClassic(program, packet)).toBe(expected);
    expect(new LibpcapOracle(program).decide(packet)).toBe(expected);
    for (const linearBytes of [packet.length, 14, 0]) {
      expect(run(program, packet, linearBytes)).toEqual(expected === 0 ? undefined : [expected, 7, 0]);
    }
  });
});

test.each([0, 7, 15])('memory word %i keeps what was written', (word) => {
  expect(run([at(0x00, 5), at(0x02, word), at(0x00, 9), at(0x60, word), returnA], packet, 64)).toEqual([
    5, 7, 0,
  ]);
  expect(run([at(0x01, 5), at(0x03, word), at(0x61, word), at(0x87), returnA], packet, 64)).toEqual([
    5, 7, 0,
  ]);
});

test('what Linux keeps beside a packet: its direction and its interface', () => {
  expect(run([at(0x28, 0xffff_f008), returnA], packet, 64)).toEqual([machineInterface, 7, 0]);
  expect(run([at(0x20, 0xffff_f004), at(0x04, 1), returnA], packet, 64)).toEqual([1, 7, 0]);
});

describe('packets beyond what a pointer may be moved by', () => {
  const big = Buffer.alloc(200_000);
  for (let offset = 0; offset + 4 <= big.length; offset += 4) big.writeUInt32BE(offset + 1, offset);

  test.each([
    0x7ff8, 0x7ffc, 0x8000, 0xfff0, 0xfff8, 0xfffc, 0x1_0000, 0x1_0004, 199_996, 199_997, 0x7fff_fff0,
    0x7fff_fffc,
  ])('a word at %i', (offset) => {
    const programs = [
      [at(0x20, offset), returnA],
      [at(0x01, offset - 16), at(0x40, 16), returnA],
      [at(0x01, 16), at(0x40, offset - 16), returnA],
    ];
    const expected = offset + 4 <= big.length ? [offset + 1, 7, 0] : undefined;
    for (const program of programs) {
      for (const linearBytes of [big.length, 64]) expect(run(program, big, linearBytes)).toEqual(expected);
    }
  });
});

/** The words of `skb->cb` at a match. */
function run(
  program: readonly ClassicInstruction[],
  bytes: Buffer,
  linearBytes: number,
): readonly number[] | undefined {
  const built = buildEntryProgram({
    filter: program,
    linkType: 'ethernet',
    snapLengthBytes: 0xffff_ffff,
    interfaceId: 7,
    direction: 'in',
    programArrayFd: 3,
    received: { mapFd: 4, index: 0, offsetBytes: 8 },
  });
  if (built.type === 'refused') throw new Error(built.reason);
  return runEbpf(built.instructions, { bytes, linearBytes }).control;
}

function at(code: number, k = 0): ClassicInstruction {
  return { code, jumpTrue: 0, jumpFalse: 0, k };
}
