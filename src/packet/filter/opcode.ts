/**
 * Operation codes of eBPF (include/uapi/linux/bpf.h), by what they do. `…32` work on the lower half of a register and
 * clear the upper one, as classic BPF's arithmetic of 32 bits needs.
 */
export const opcode = {
  loadByte: 0x71,
  loadHalf: 0x69,
  loadWord: 0x61,
  /** Two instructions; with source 1 the immediate is a map's descriptor. */
  loadImmediate64: 0x18,
  storeHalf: 0x6b,
  storeWord: 0x63,
  storeImmediateWord: 0x62,
  atomicAdd64: 0xdb,
  move: 0xbf,
  moveImmediate: 0xb7,
  move32: 0xbc,
  moveImmediate32: 0xb4,
  add: 0x0f,
  addImmediate: 0x07,
  addImmediate32: 0x04,
  andImmediate32: 0x54,
  shiftLeftImmediate32: 0x64,
  or32: 0x4c,
  negate32: 0x84,
  toBigEndian: 0xdc,
  jump: 0x05,
  jumpIfEqual: 0x15,
  jumpIfEqual32: 0x16,
  jumpIfNotEqual: 0x55,
  jumpIfGreater: 0x25,
  jumpIfRegisterGreater: 0x2d,
  jumpIfLess: 0xa5,
  jumpIfAtMost32: 0xb6,
  call: 0x85,
  exit: 0x95,
} as const;

/** What the registers hold throughout a filter. 0 to 5 do not survive a call. */
export const register = {
  result: 0,
  context: 6,
  x: 7,
  accumulator: 8,
  /** Survives calls. */
  spare: 9,
  frame: 10,
} as const;

/** Helper functions of the kernel. */
export const helper = { mapLookup: 1, tailCall: 12, skbLoadBytes: 26 } as const;

/** Offsets in struct __sk_buff, a program's view of a packet. */
export const skb = {
  length: 0,
  /** PACKET_HOST and so on; never PACKET_OUTGOING, which only copies for packet sockets are. */
  packetType: 4,
  vlanPresent: 20,
  vlanTci: 24,
  /** In network order. */
  vlanProtocol: 28,
  interfaceIndex: 40,
  /** Five words that survive a tail call. */
  control: 48,
  data: 76,
  dataEnd: 80,
} as const;
