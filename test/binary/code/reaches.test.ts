import { expect, test } from 'vitest';
import type { Instruction } from '../../../src/binary/code/instruction.ts';
import { controlFlow } from '../../../src/binary/code/control-flow.ts';
import { reaches } from '../../../src/binary/code/reaches.ts';
import { code } from './assembled.ts';

// 0: jbe 7; 2: call 12; 7: jmp 10; 9: nop; 10: ret; 11: nop; 12: ret
const listing = code('7605', 'e805000000', 'eb01', '90', 'c3', '90', 'c3');
const nothing = (): boolean => false;
const flow = controlFlow(listing, nothing);
const at = (offset: number): Instruction =>
  listing.at(offset) ?? expect.unreachable(`no instruction at ${offset}`);
const leadsTo = (offset: number, barrier = -1): boolean =>
  reaches(
    flow,
    at(0),
    (instruction) => instruction.offset === offset,
    (instruction) => instruction.offset === barrier,
  );

test('follows both ways of a branch, and comes back from calls', () => {
  expect(flow(at(0)).map(({ offset }) => offset)).toEqual([2, 7]);
  expect(leadsTo(2)).toBe(true);
  expect(leadsTo(10)).toBe(true);
});

test('does not pass a jump or a return, nor enter what is called', () => {
  expect(leadsTo(9)).toBe(false);
  expect(leadsTo(11)).toBe(false);
  expect(leadsTo(12)).toBe(false);
});

test('a barrier stops every path through it', () => {
  expect(leadsTo(10, 2)).toBe(true);
  expect(leadsTo(10, 7)).toBe(false);
  expect(leadsTo(0, 0)).toBe(true);
});

test('a path ends where it is said to', () => {
  const ended = controlFlow(listing, ({ flow: kind }) => kind === 'call');
  expect(ended(at(2))).toEqual([]);
});

test('a loop ends', () => {
  const loop = code('ebfe', 'c3');
  const start = loop.at(0) ?? expect.unreachable();
  expect(reaches(controlFlow(loop, nothing), start, ({ offset }) => offset === 2, nothing)).toBe(false);
});
