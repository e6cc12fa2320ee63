import { expect, test } from 'vitest';
import { listCode } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';
import { findStackCheck, type StackCheck } from '../../../src/family/go/stack-check.ts';

/** Where the functions that code under test calls are. */
const morestack = 0x1000;
const callees = new Map([
  [morestack, 'runtime.morestack_noctxt'],
  [0x2000, 'runtime.memmove'],
]);

const x8664Heads: readonly (readonly [string, readonly string[], 'register' | 'stack'])[] = [
  ['registers, small frame', ['493b6610'], 'register'],
  ['registers, larger frame', ['4c8d6424e0', '4d3b6610'], 'register'],
  ['registers, frame above 128 bytes', ['4c8da42450ffffff', '4d3b6610'], 'register'],
  ['stack, thread-local storage', ['64488b0c25f8ffffff', '483b6110'], 'stack'],
  ['stack, larger frame', ['64488b0c25f8ffffff', '488d842450ffffff', '483b4110'], 'stack'],
  ['stack, position independent', ['488b0d00100000', '64488b09', '483b6110'], 'stack'],
  ['stack, offset in a register', ['48c7c1f8ffffff', '64488b09', '488d4424f0', '483b4110'], 'stack'],
];

test.each(x8664Heads)('x86-64: %s', (_name, head, convention) => {
  for (const jump of ['76', '0f86']) {
    const check = checkX8664(assembleX8664(head, { jump }));
    expect(check).toMatchObject({
      found: true,
      convention,
      jump: { offset: lengthOf(head), flow: 'branch' },
    });
  }
});

test.each([
  ['another condition', { jump: '77' }, /is not part of a stack check/],
  ['an instruction that could change an argument', { before: ['4889c3'] }, /4889c3 at \+0 is not part/],
  ['something after the comparison', { after: ['90'] }, /90 at \+4 is not part/],
  ['a jump to other code', { callee: 0x2000 }, /does not lead to runtime\.morestack/],
  ['a restart that goes on elsewhere', { back: 1 }, /does not start over/],
  ['a jump into the check', { body: ['ebfa', 'c3'] }, /leads into the stack check/],
])('x86-64: %s is refused', (_name, options, reason) => {
  const {
    before = [],
    after = [],
    ...rest
  } = options as AssembleOptions & {
    readonly before?: readonly string[];
    readonly after?: readonly string[];
  };
  const check = checkX8664(assembleX8664([...before, '493b6610', ...after], rest));
  expect(check).toMatchObject({ found: false, reason: expect.stringMatching(reason) as unknown });
});

test('x86-64: a function without a check, and one that calls morestack some other way', () => {
  expect(checkX8664(Buffer.from('4883ec08c3', 'hex'))).toMatchObject({ found: false, callsMorestack: false });
  const check = checkX8664(assembleX8664(['493b6610'], { jump: '77' }));
  expect(check).toMatchObject({ found: false, callsMorestack: true });
  expect(checkX8664(Buffer.alloc(0))).toMatchObject({ found: false });
});

const arm64Heads: readonly (readonly [string, readonly number[], 'register' | 'stack'])[] = [
  ['registers, small frame', [0xf9400b90, 0xeb3063ff], 'register'],
  ['registers, Go 1.18', [0xf9400b90, 0x910003f1, 0xeb10023f], 'register'],
  ['registers, larger frame', [0xf9400b90, 0xd10303f1, 0xeb10023f], 'register'],
  ['stack', [0xf9400b81, 0x910003e2, 0xeb01005f], 'stack'],
  ['stack, larger frame', [0xf9400b81, 0xd10303e2, 0xeb01005f], 'stack'],
];

test.each(arm64Heads)('arm64: %s', (_name, head, convention) => {
  expect(checkArm64(assembleArm64(head))).toMatchObject({
    found: true,
    convention,
    jump: { offset: head.length * 4 },
  });
});

test('arm64: another condition, and an instruction that changes an argument, are refused', () => {
  const head = [0xf9400b90, 0xeb3063ff];
  // b.hi
  expect(checkArm64(assembleArm64(head, 0x54000008))).toMatchObject({ found: false });
  // mov x1, x0
  expect(checkArm64(assembleArm64([0xaa0003e1, ...head]))).toMatchObject({
    found: false,
    reason: expect.stringContaining('aa0003e1 at +0 is not part') as unknown,
  });
  // A conditional jump before anything is compared.
  expect(checkArm64(assembleArm64([0xf9400b90]))).toMatchObject({ found: false });
});

interface AssembleOptions {
  readonly jump?: string;
  readonly callee?: number;
  readonly body?: readonly string[];
  /** Where the restart goes back to. */
  readonly back?: number;
}

/** head; jbe tail; body; tail: call morestack; jmp back */
function assembleX8664(head: readonly string[], options: AssembleOptions = {}): Buffer {
  const { jump = '76', callee = morestack, body = ['c3'], back = 0 } = options;
  const jumpBytes = jump.length === 2 ? 2 : 6;
  const tailAt = lengthOf(head) + jumpBytes + lengthOf(body);
  const distance = lengthOf(body);
  const jumpHex = jump + (jump.length === 2 ? distance.toString(16).padStart(2, '0') : int32(distance));
  const tail = [`e8${int32(callee - tailAt - 5)}`, `e9${int32(back - tailAt - 10)}`];
  return Buffer.from([...head, jumpHex, ...body, ...tail].join(''), 'hex');
}

/** head; b.ls tail; ret; tail: mov x3, x30; bl morestack; b 0 */
function assembleArm64(head: readonly number[], condition: number = 0x54000009): Buffer {
  const at = head.length;
  const words = [
    ...head,
    condition | (2 << 5),
    0xd65f03c0,
    0xaa1e03e3,
    0x94000000 | ((morestack / 4 - at - 3) & 0x3ffffff),
    0x14000000 | (-(at + 4) & 0x3ffffff),
  ];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word >>> 0, index * 4);
  return bytes;
}

function checkX8664(bytes: Buffer): StackCheck {
  const listing = listCode(bytes, machines['x86-64'].decode);
  return findStackCheck('x86-64', bytes, listing, (offset) => callees.get(offset));
}

function checkArm64(bytes: Buffer): StackCheck {
  const listing = listCode(bytes, machines.arm64.decode);
  return findStackCheck('arm64', bytes, listing, (offset) => callees.get(offset));
}

function lengthOf(instructions: readonly string[]): number {
  return instructions.join('').length / 2;
}

function int32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString('hex');
}
