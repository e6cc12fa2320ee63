/** Parts of an operation code of classic BPF (include/uapi/linux/bpf_common.h). */
export const classicClass = {
  load: 0,
  loadX: 1,
  store: 2,
  storeX: 3,
  arithmetic: 4,
  jump: 5,
  return: 6,
  misc: 7,
} as const;

/** Of arithmetic and jumps; eBPF uses the same numbers. */
export const classicOperation = {
  add: 0x00,
  subtract: 0x10,
  multiply: 0x20,
  divide: 0x30,
  or: 0x40,
  and: 0x50,
  shiftLeft: 0x60,
  shiftRight: 0x70,
  negate: 0x80,
  modulo: 0x90,
  exclusiveOr: 0xa0,
  jumpAlways: 0x00,
  jumpEqual: 0x10,
  jumpGreater: 0x20,
  jumpGreaterOrEqual: 0x30,
  jumpAnyBit: 0x40,
} as const;

/** Where a load takes its value from. */
export const classicMode = {
  immediate: 0x00,
  absolute: 0x20,
  indirect: 0x40,
  memory: 0x60,
  length: 0x80,
  headerLength: 0xa0,
} as const;

/** The second operand of arithmetic and jumps is X, not k. */
export const sourceIsX = 0x08;

/** RET A. */
export const returnAccumulator = 0x16;

/** TAX; the other instruction of its class is TXA. */
export const copyToX = 0x07;

export function classOf(code: number): number {
  return code & 0x07;
}

export function operationOf(code: number): number {
  return code & 0xf0;
}

export function modeOf(code: number): number {
  return code & 0xe0;
}

/** Bytes that a load takes from the packet. */
export function sizeOf(code: number): 1 | 2 | 4 {
  switch (code & 0x18) {
    case 0x00:
      return 4;
    case 0x08:
      return 2;
    default:
      return 1;
  }
}
