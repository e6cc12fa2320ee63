import { expect, test } from 'vitest';
import { passesWholeSlices } from '../../../src/family/go/slicecopy-form.ts';
import { fakeCode, fakeProgram } from './fake-program.ts';

/** mov [rsp+n], rax */
const store = (offset: number): string => `48894424${offset.toString(16).padStart(2, '0')}`;
const call = 'e800100000';

test.each([
  ['two slices and a width', [0, 8, 16, 24, 32, 40, 48].map(store).join('') + call, true],
  ['pointers, lengths and a width', [0, 8, 16, 24, 32].map(store).join('') + call, false],
  ['a local above the arguments and the result', [0, 8, 16, 24, 32, 48].map(store).join('') + call, false],
  ['a store for the call before', store(40) + call + [0, 8, 16, 24, 32].map(store).join('') + call, false],
])('%s', (_name, hex, whole) => {
  const code = fakeCode(hex);
  const last = code.listing.instructions.at(-1) ?? expect.unreachable();
  expect(passesWholeSlices(fakeProgram({ convention: 'stack' }), code, last)).toBe(whole);
  expect(passesWholeSlices(fakeProgram({ convention: 'register' }), code, last)).toBe(false);
});
