import type { ElfArchitecture } from '../elf.ts';
import { u64At } from '../u64.ts';
import type { AddressSpace } from './address-space.ts';

/**
 * The RELATIVE relocations of a position-independent file: each says which address a slot will hold before the
 * load bias is added. Only RELA is needed: the compact RELR form keeps that value in the slot itself.
 */
export interface RelativeRelocations {
  readonly count: number;
  /** What the slot at `address` will hold. */
  pointerAt(address: number): number | undefined;
  /** Addresses of the slots that will hold `pointer`, at most {@link maximumSlots}. */
  slotsHolding(pointer: number): readonly number[];
  forEach(visit: (slot: number, pointer: number) => void): void;
}

export function parseRelativeRelocations(
  space: AddressSpace,
  architecture: ElfArchitecture,
  table: { readonly address: number; readonly sizeBytes: number },
): RelativeRelocations {
  const wanted = relativeType[architecture];
  const capacity = Math.min(Math.floor(table.sizeBytes / entryBytes), maximumCount);
  let slots = new Float64Array(0);
  let pointers = new Float64Array(0);
  let count = 0;
  let sorted = true;
  for (let index = 0; index < capacity; index += chunkEntries) {
    const bytes = space.read(table.address + index * entryBytes, chunkEntries * entryBytes);
    const entries = Math.min(Math.floor(bytes.length / entryBytes), capacity - index);
    // Grown by what the file really holds: the size in its dynamic section may lie.
    if (count + entries > slots.length) {
      slots = grown(slots, count + entries);
      pointers = grown(pointers, count + entries);
    }
    for (let entry = 0; entry < entries; entry++) {
      const position = entry * entryBytes;
      if (bytes.readUInt32LE(position + 8) !== wanted) continue;
      const slot = u64At(bytes, position);
      sorted &&= count === 0 || slot >= (slots[count - 1] ?? 0);
      slots[count] = slot;
      pointers[count] = u64At(bytes, position + 16);
      count++;
    }
    if (entries < chunkEntries) break;
  }
  slots = slots.subarray(0, count);
  pointers = pointers.subarray(0, count);
  return lookUp(...(sorted ? ([slots, pointers] as const) : sortedBySlot(slots, pointers)));
}

const entryBytes = 24;
const chunkEntries = 32_768;
/** 32 MB of numbers. The largest programs have a few hundred thousand entries. */
const maximumCount = 2_000_000;
const maximumSlots = 1024;

/** R_X86_64_RELATIVE, R_AARCH64_RELATIVE. */
const relativeType = { 'x86-64': 8, arm64: 1027 } as const;

function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}

function sortedBySlot(slots: Float64Array, pointers: Float64Array): readonly [Float64Array, Float64Array] {
  const order = new Uint32Array(slots.length).map((_, index) => index);
  order.sort((a, b) => (slots[a] ?? 0) - (slots[b] ?? 0));
  const pick = (from: Float64Array): Float64Array =>
    new Float64Array(from.length).map((_, index) => from[order[index] ?? 0] ?? 0);
  return [pick(slots), pick(pointers)];
}

function lookUp(slots: Float64Array, pointers: Float64Array): RelativeRelocations {
  return {
    count: slots.length,
    pointerAt(address) {
      let low = 0;
      let high = slots.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((slots[middle] ?? 0) < address) low = middle + 1;
        else high = middle;
      }
      return slots[low] === address ? pointers[low] : undefined;
    },
    slotsHolding(pointer) {
      const found: number[] = [];
      let index = pointers.indexOf(pointer);
      while (index >= 0 && found.length < maximumSlots) {
        found.push(slots[index] ?? 0);
        index = pointers.indexOf(pointer, index + 1);
      }
      return found;
    },
    forEach(visit) {
      for (const [index, slot] of slots.entries()) visit(slot, pointers[index] ?? 0);
    },
  };
}
