import { expect, test } from 'vitest';
import { controlFlow } from '../../../src/binary/code/control-flow.ts';
import type { Listing } from '../../../src/binary/code/listing.ts';
import { stackDepths, type StackDepths } from '../../../src/binary/code/stack-depth.ts';
import { arm64Code, code } from './assembled.ts';

test('knows the depth before every instruction of a frame', () => {
  // push rbp; mov rbp, rsp; sub rsp, 0x60; nop; add rsp, 0x60; pop rbp; ret
  const listing = code('55', '4889e5', '4883ec60', '90', '4883c460', '5d', 'c3');
  const depths = depthsOf(listing);
  expect(listing.instructions.map((instruction) => depths.before(instruction))).toEqual([
    0, 8, 8, 104, 104, 8, 0,
  ]);
  expect(depths.deepest).toBe(104);
  expect(depths.problems).toEqual([]);
});

test('a frame of 128 bytes, made by adding -128', () => {
  const depths = depthsOf(code('4883c480', '4883ec80', 'c3'));
  expect(depths.deepest).toBe(128);
  expect(depths.problems).toEqual([]);
});

test('code that no path reaches is taken to be inside the frame', () => {
  // sub rsp, 16; add rsp, 16; ret; (entered by the runtime:) add rsp, 16; ret
  const listing = code('4883ec10', '4883c410', 'c3', '4883c410', 'c3');
  expect(depthsOf(listing).problems).toEqual([]);
});

test.each([
  ['a return inside the frame', ['4883ec10', 'c3'], 'return at +4 with depth 16'],
  // jbe +1 past the push
  ['paths of different depth that meet', ['7601', '50', '90', 'c3'], 'paths meet at +3 with depths'],
  ['a stack pointer from elsewhere', ['4889c4', 'c3'], 'set in an unknown way at +0'],
  ['a pop of more than there is', ['5d', 'c3'], 'above its start after +0'],
])('refuses %s', (_name, instructions, problem) => {
  expect(depthsOf(code(...instructions)).problems.join()).toContain(problem);
});

test('arm64: a large frame made through another register', () => {
  // sub x20, sp, #304; stp x29, x30, [x20, #-8]; mov sp, x20; add sp, sp, #304; ret
  const listing = arm64Code(0xd104c3f4, 0xa93ffa9d, 0x9100029f, 0x9104c3ff, 0xd65f03c0);
  const depths = depthsOf(listing);
  expect(depths.problems).toEqual([]);
  expect(depths.deepest).toBe(304);
});

test('arm64: another register than the one computed, or one that may have changed, is refused', () => {
  // sub x20, sp, #304; mov sp, x21
  expect(depthsOf(arm64Code(0xd104c3f4, 0x910002bf)).problems).toHaveLength(1);
  // sub x20, sp, #304; mov x20, x0; mov sp, x20
  expect(depthsOf(arm64Code(0xd104c3f4, 0xaa0003f4, 0x9100029f)).problems).toHaveLength(1);
});

function depthsOf(listing: Listing): StackDepths {
  const start = listing.at(0) ?? expect.unreachable();
  return stackDepths(
    controlFlow(listing, () => false),
    start,
    listing.instructions,
  );
}
