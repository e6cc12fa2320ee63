import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { parseElf, type Elf } from '../../../src/binary/elf.ts';
import { buildElf, u32Bytes, u64Bytes } from '../build-elf.ts';

const slotsAddress = 0x50_0000;
const slotCount = 64;
const dynamicAddress = 0x60_0000;
const relative = 8;

interface Entry {
  readonly slot: number;
  readonly pointer: number;
  readonly type: number;
}

test('a pointer is what the file holds, or what a RELATIVE relocation puts there', () => {
  const elf = program({ 3: 0x1234 }, [
    { slot: 5, pointer: 0x40_1000, type: relative },
    { slot: 6, pointer: 0x40_2000, type: 6 },
  ]);
  expect(pointerAt(elf, 3)).toBe(0x1234);
  expect(pointerAt(elf, 5)).toBe(0x40_1000);
  expect(pointerAt(elf, 6)).toBe(0);
  expect(pointerAt(elf, 7)).toBe(0);
  expect(elf.pointerAt(slotsAddress + slotCount * 8 - 7)).toBeUndefined();
  expect(elf.relocations().count).toBe(1);
});

test('any relocations, in any order', () => {
  const entries = fc.uniqueArray(
    fc.record({
      slot: fc.nat({ max: slotCount - 1 }),
      pointer: fc.integer({ min: 1, max: 2 ** 40 }),
      type: fc.constantFrom(relative, relative, 1, 6, 37),
    }),
    { selector: (entry) => entry.slot },
  );
  fc.assert(
    fc.property(entries, (entries) => {
      const elf = program({}, entries);
      const expected = new Map(
        entries.filter(({ type }) => type === relative).map(({ slot, pointer }) => [slot, pointer]),
      );
      for (let slot = 0; slot < slotCount; slot++) expect(pointerAt(elf, slot)).toBe(expected.get(slot) ?? 0);
      for (const [slot, pointer] of expected) {
        expect(elf.relocations().slotsHolding(pointer)).toContain(slotsAddress + slot * 8);
      }
      const visited = new Map<number, number>();
      elf.relocations().forEach((address, pointer) => visited.set((address - slotsAddress) / 8, pointer));
      expect(visited).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a size far beyond the file', 2 ** 52],
  ['a size that is no number of entries', 24 * 2 + 5],
  ['no size', 0],
])('%s is bounded by what is there', (_, sizeBytes) => {
  const entries = [1, 2].map((slot) => ({ slot, pointer: 0x40_0000 + slot, type: relative }));
  const elf = program({}, entries, sizeBytes);
  expect(pointerAt(elf, 1)).toBe(sizeBytes === 0 ? 0 : 0x40_0001);
});

function pointerAt(elf: Elf, slot: number): number | undefined {
  return elf.pointerAt(slotsAddress + slot * 8);
}

function program(
  inPlace: Readonly<Record<number, number>>,
  entries: readonly Entry[],
  sizeBytes?: number,
): Elf {
  const slots = u64Bytes(...Array.from({ length: slotCount }, (_, slot) => inPlace[slot] ?? 0));
  const rela = Buffer.concat(
    entries.flatMap(({ slot, pointer, type }) => [
      u64Bytes(slotsAddress + slot * 8),
      u32Bytes(type, 0),
      u64Bytes(pointer),
    ]),
  );
  const dynamic = u64Bytes(7, dynamicAddress + 0x100, 8, sizeBytes ?? rela.length, 0, 0);
  const bytes = Buffer.concat([dynamic, Buffer.alloc(0x100 - dynamic.length), rela]);
  const result = parseElf(
    bytesSource(
      buildElf({
        type: 3,
        segments: [
          { address: slotsAddress, bytes: slots, access: 'rw' },
          { address: dynamicAddress, bytes, access: 'rw' },
          { type: 2, address: dynamicAddress, bytes: dynamic },
        ],
      }),
    ),
  );
  if (!result.ok) throw new Error(result.problem.detail);
  return result.elf;
}
