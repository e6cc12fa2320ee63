import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifySite } from '../../src/plan/verify-site.ts';
import { exampleSite } from './example-plan.ts';

const planned = Buffer.from(exampleSite.bytes, 'hex');

test('the planned bytes are accepted, and more than them', () => {
  expect(verifySite('x86-64', exampleSite, planned, 'file')).toEqual({ ok: true, traced: false });
  const more = Buffer.concat([planned, Buffer.from('9090', 'hex')]);
  expect(verifySite('x86-64', exampleSite, more, 'memory')).toEqual({ ok: true, traced: false });
});

test('a breakpoint is accepted in memory only, and only where it belongs', () => {
  const traced = Buffer.from('cced4de8ff', 'hex');
  expect(verifySite('x86-64', exampleSite, traced, 'memory')).toEqual({ ok: true, traced: true });
  expect(verifySite('x86-64', exampleSite, traced, 'file')).toEqual({
    ok: false,
    detail: 'cced4de8ff instead of e8ed4de8ff',
  });
  const elsewhere = Buffer.from('e8cc4de8ff', 'hex');
  expect(verifySite('x86-64', exampleSite, elsewhere, 'memory').ok).toBe(false);
  const changedBehind = Buffer.from('cced4de800', 'hex');
  expect(verifySite('x86-64', exampleSite, changedBehind, 'memory').ok).toBe(false);
});

test('arm64: the breakpoint is a whole instruction, with any number', () => {
  const site = { bytes: '49350054' };
  expect(verifySite('arm64', site, Buffer.from('49350054', 'hex'), 'memory')).toEqual({
    ok: true,
    traced: false,
  });
  // BRK #5 is the kernel's uprobe.
  expect(verifySite('arm64', site, Buffer.from('a00020d4', 'hex'), 'memory')).toEqual({
    ok: true,
    traced: true,
  });
  expect(verifySite('arm64', site, Buffer.from('a00020d4', 'hex'), 'file').ok).toBe(false);
  expect(verifySite('arm64', site, Buffer.from('cc350054', 'hex'), 'memory').ok).toBe(false);
});

test('fewer bytes than planned, and a plan without bytes, are refused', () => {
  expect(verifySite('x86-64', exampleSite, planned.subarray(0, 4), 'file')).toEqual({
    ok: false,
    detail: 'only 4 bytes are there',
  });
  expect(verifySite('x86-64', { bytes: '' }, planned, 'file').ok).toBe(false);
});

test('anything else in a file is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (found) => {
      const same = Buffer.from(found.subarray(0, planned.length)).equals(planned);
      expect(verifySite('x86-64', exampleSite, found, 'file').ok).toBe(same);
    }),
    { numRuns: 1000 },
  );
});
