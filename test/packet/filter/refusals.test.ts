import { describe, expect, test } from 'vitest';
import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';
import { buildEntryProgram } from '../../../src/packet/filter/build-entry-program.ts';
import { createFilterCompiler } from '../../../src/cli/compile-packet-filter.ts';
import { findClassicProblem } from '../../../src/packet/filter/find-classic-problem.ts';
import { UserError } from '../../../src/util/user-error.ts';

const accept: ClassicInstruction = { code: 0x06, jumpTrue: 0, jumpFalse: 0, k: 1 };

function instruction(code: number, k = 0, jumpTrue = 0, jumpFalse = 0): ClassicInstruction {
  return { code, jumpTrue, jumpFalse, k };
}

describe('a program that could be decided wrongly is refused with a reason', () => {
  test.each<[string, readonly ClassicInstruction[], RegExp]>([
    ['empty', [], /no instruction/],
    ['endless', Array.from({ length: 20_000 }, () => accept), /20000 instructions/],
    ['does not return', [instruction(0x28, 12)], /last instruction does not return/],
    ['unknown code', [instruction(0xff), accept], /instruction 0 has the unknown code 0xff/],
    ['known code with other bits', [instruction(0x128, 12), accept], /unknown code 0x128/],
    ['load of a double word', [instruction(0x38, 12), accept], /unknown code/],
    [
      'memory beyond the last word',
      [accept, instruction(0x60, 16), accept],
      /instruction 1 uses memory word 16/,
    ],
    ['memory written beyond it', [instruction(0x02, 0xffff_ffff), accept], /memory word 4294967295/],
    [
      'memory that nothing was written to',
      [instruction(0x60, 3), accept],
      /instruction 0 uses what is unknown/,
    ],
    [
      'memory that was written on one way only',
      [instruction(0x15, 1, 0, 1), instruction(0x02, 3), instruction(0x61, 3), accept],
      /instruction 2 uses what is unknown/,
    ],
    ['division by zero', [instruction(0x34, 0), accept], /divides by zero/],
    ['remainder by zero', [instruction(0x94, 0), accept], /divides by zero/],
    ['shift by too much', [instruction(0x64, 32), accept], /shifts 32 bits by 32/],
    ['jump behind the end', [instruction(0x15, 0, 0, 1), accept], /jumps out of the program/],
    ['long jump behind the end', [instruction(0x05, 1), accept], /jumps out of the program/],
    ['jump to itself', [instruction(0x05, 0xffff_ffff), accept], /backwards/],
    ['a tag beside the packet', [instruction(0x28, 0xffff_f02c), accept], /not in the packet \(0xfffff02c\)/],
    ['a random number', [instruction(0x20, 0xffff_f038), accept], /not in the packet/],
  ])('%s', (_, program, reason) => {
    expect(findClassicProblem(program)).toMatch(reason);
    const built = buildEntryProgram({
      filter: program,
      linkType: 'ethernet',
      snapLengthBytes: 96,
      interfaceId: 0,
      direction: 'in',
      programArrayFd: 3,
      received: { mapFd: 4, index: 0, offsetBytes: 0 },
    });
    expect(built).toMatchObject({ type: 'refused' });
  });
});

test.each(['ip protochain 6', 'ip6 protochain 6', 'tcp or protochain 17'])(
  '%s, a loop, is refused before anything is attached',
  (expression) => {
    const error = refusalOf(expression);
    expect(error.message).toBe(`the packet filter "${expression}" cannot run in the kernel`);
    expect(error.reason).toMatch(/instruction \d+ jumps backwards, as those of protochain do/);
    expect(error.remedy).toMatch(/tcpdump -r/);
    expect(error.exitCode).toBe(2);
  },
);

test.each(['geneve or tcp', '(geneve and tcp port 80) or udp port 53'])(
  '%s, on which libpcap itself gives any verdict, is refused',
  (expression) => {
    expect(refusalOf(expression).reason).toMatch(
      /unknown on some way to it; terms like geneve .* put them last/,
    );
    const other = expression.replace(/^(.*) or (.*)$/, '$2 or $1');
    expect(createFilterCompiler(other)('ethernet')?.length).toBeGreaterThan(10);
  },
);

test('a filter whose jumps would be too far is refused, not cut', () => {
  const load = instruction(0x20, 14);
  const program = [
    ...Array.from({ length: 4_000 }, (_, index) => (index % 2 === 0 ? load : instruction(0x15, index, 0, 0))),
    accept,
  ];
  const long = [instruction(0x05, 0), ...program.map((one) => (one === load ? instruction(0x40, 14) : one))];
  const built = buildEntryProgram({
    filter: long,
    linkType: 'ethernet',
    snapLengthBytes: 96,
    interfaceId: 0,
    direction: 'in',
    programArrayFd: 3,
    received: { mapFd: 4, index: 0, offsetBytes: 0 },
  });
  expect(built).toMatchObject({ type: 'refused', reason: expect.stringMatching(/farther/) as string });
});

function refusalOf(expression: string): UserError {
  try {
    createFilterCompiler(expression)('ethernet');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('not refused');
}
