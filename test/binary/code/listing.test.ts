import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listCode } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';

test('lists every instruction, and knows their boundaries', () => {
  // push rbp; mov rbp, rsp; ret; int3
  const listing = listCode(Buffer.from('554889e5c3cc', 'hex'), machines['x86-64'].decode);
  expect(listing.instructions.map(({ offset }) => offset)).toEqual([0, 1, 4, 5]);
  expect(listing.undecodableOffset).toBeUndefined();
  expect(listing.at(1)?.lengthBytes).toBe(3);
  expect(listing.at(2)).toBeUndefined();
  const [first] = listing.instructions;
  expect(first && listing.after(first)?.offset).toBe(1);
});

test('stops where the bytes are no instruction', () => {
  const listing = listCode(Buffer.from('5506c3', 'hex'), machines['x86-64'].decode);
  expect(listing.instructions.map(({ offset }) => offset)).toEqual([0]);
  expect(listing.undecodableOffset).toBe(1);
});

test('any bytes: instructions follow each other without a hole', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom('x86-64' as const, 'arm64' as const),
      (code, machine) => {
        const listing = listCode(code, machines[machine].decode);
        let end = 0;
        for (const { offset, lengthBytes } of listing.instructions) {
          expect(offset).toBe(end);
          end += lengthBytes;
        }
        expect(end).toBe(listing.undecodableOffset ?? code.length);
      },
    ),
    { numRuns: 2000 },
  );
});
