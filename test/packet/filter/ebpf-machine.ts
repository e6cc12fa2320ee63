/** A packet as the kernel holds it: only `linearBytes` of it are where a program reads directly. */
export interface MachinePacket {
  readonly bytes: Buffer;
  readonly linearBytes: number;
  /** Protocol and tci of a tag that is beside the bytes, as on the wire. */
  readonly tag?: Buffer;
}

export interface MachineResult {
  readonly returned: number;
  /** `skb->cb` at the tail call; undefined where there was none. */
  readonly control: readonly number[] | undefined;
  /** The counter's value. */
  readonly counted: number;
}

/** Index of the interface that its packets are on. */
export const machineInterface = 9;

const contextBase = 0x1000_0000n;
const packetBase = 0x2000_0000n;
const stackBase = 0x7000_0000n;
const stackBytes = 512;
const mapBase = 0x5000_0000n;

/**
 * Runs a traffic control program as the kernel would, for the instructions and helpers that entry programs use. An access
 * out of bounds, an unknown instruction or 100,000 steps throw. The verifier's opinion is another matter.
 */
export function runEbpf(program: Buffer, packet: MachinePacket): MachineResult {
  return new EbpfMachine(program, packet).run();
}

class EbpfMachine {
  readonly #program: Buffer;
  readonly #packet: MachinePacket;
  readonly #registers = new BigUint64Array(11);
  /** Never what it was before: a program that reads what it did not write differs. */
  readonly #stack = Buffer.alloc(stackBytes, 0xa5);
  readonly #context = Buffer.alloc(192);
  readonly #mapValue = Buffer.alloc(64);
  #control: readonly number[] | undefined;

  constructor(program: Buffer, packet: MachinePacket) {
    this.#program = program;
    this.#packet = packet;
    this.#context.writeUInt32LE(packet.bytes.length, 0);
    this.#context.writeUInt32LE(machineInterface, 40);
    if (packet.tag) {
      this.#context.writeUInt32LE(1, 20);
      this.#context.writeUInt32LE(packet.tag.readUInt16BE(2), 24);
      this.#context.writeUInt32LE(packet.tag.readUInt16LE(0), 28);
    }
    this.#context.writeUInt32LE(Number(packetBase), 76);
    this.#context.writeUInt32LE(Number(packetBase) + packet.linearBytes, 80);
    this.#registers[1] = contextBase;
    this.#registers[10] = stackBase + BigInt(stackBytes);
  }

  run(): MachineResult {
    let pc = 0;
    for (let steps = 0; steps < 100_000; steps++) {
      const at = pc * 8;
      const code = this.#program.readUInt8(at);
      const registers = this.#program.readUInt8(at + 1);
      const destination = registers & 15;
      const source = registers >> 4;
      const offset = this.#program.readInt16LE(at + 2);
      const immediate = this.#program.readInt32LE(at + 4);
      pc++;
      switch (code & 7) {
        case 0:
          if (code !== 0x18) throw unknown(code);
          this.#set(destination, BigInt(immediate));
          pc++;
          break;
        case 1:
          this.#set(destination, this.#load(this.#get(source) + BigInt(offset), sizeOf(code)));
          break;
        case 2:
          this.#store(this.#get(destination) + BigInt(offset), sizeOf(code), BigInt(immediate));
          break;
        case 3:
          this.#storeRegister(code, this.#get(destination) + BigInt(offset), this.#get(source));
          break;
        case 4:
        case 7:
          this.#calculate(code, destination, source, immediate);
          break;
        default:
          if (code === 0x95) {
            const counted = Number(this.#mapValue.readBigUInt64LE(8));
            return { returned: Number(this.#get(0) & 0xffff_ffffn), control: this.#control, counted };
          }
          if (code === 0x85) this.#call(immediate);
          else if (this.#holds(code, destination, source, immediate)) pc += offset;
      }
    }
    throw new Error('it does not end');
  }

  #get(register: number): bigint {
    const value = this.#registers[register];
    if (value === undefined) throw new Error(`no register ${register}`);
    return value;
  }

  #set(register: number, value: bigint): void {
    if (register >= 10) throw new Error(`register ${register} cannot be written`);
    this.#registers[register] = value;
  }

  #locate(address: bigint, size: number): { readonly memory: Buffer; readonly offset: number } {
    const regions = [
      { base: contextBase, memory: this.#context },
      { base: packetBase, memory: this.#packet.bytes.subarray(0, this.#packet.linearBytes) },
      { base: stackBase, memory: this.#stack },
      { base: mapBase, memory: this.#mapValue },
    ];
    for (const { base, memory } of regions) {
      if (address >= base && address + BigInt(size) <= base + BigInt(memory.length)) {
        return { memory, offset: Number(address - base) };
      }
    }
    throw new Error(`access of ${size} bytes at 0x${address.toString(16)}`);
  }

  #load(address: bigint, size: number): bigint {
    const { memory, offset } = this.#locate(address, size);
    return size === 8 ? memory.readBigUInt64LE(offset) : BigInt(memory.readUIntLE(offset, size));
  }

  #store(address: bigint, size: number, value: bigint): void {
    const { memory, offset } = this.#locate(address, size);
    if (address >= packetBase && address < mapBase) throw new Error('the packet is written');
    const whole = Buffer.alloc(8);
    whole.writeBigUInt64LE(BigInt.asUintN(64, value));
    whole.copy(memory, offset, 0, size);
  }

  #storeRegister(code: number, address: bigint, value: bigint): void {
    if (code === 0xdb) this.#store(address, 8, this.#load(address, 8) + value);
    else if ((code & 0xe0) === 0x60) this.#store(address, sizeOf(code), value);
    else throw unknown(code);
  }

  #calculate(code: number, destination: number, source: number, immediate: number): void {
    const bits = (code & 7) === 7 ? 64 : 32;
    const wide = (code & 8) === 0 ? BigInt(immediate) : this.#get(source);
    const right = BigInt.asUintN(bits, wide);
    const left = BigInt.asUintN(bits, this.#get(destination));
    if (code === 0xdc) return this.#set(destination, swapped(this.#get(destination), immediate));
    const result = operate(code & 0xf0, left, right, BigInt(bits));
    this.#set(destination, BigInt.asUintN(bits, result));
  }

  #holds(code: number, destination: number, source: number, immediate: number): boolean {
    if (code === 0x05) return true;
    const bits = (code & 7) === 5 ? 64 : 32;
    const right = BigInt.asUintN(bits, (code & 8) === 0 ? BigInt(immediate) : this.#get(source));
    const left = BigInt.asUintN(bits, this.#get(destination));
    switch (code & 0xf0) {
      case 0x10:
        return left === right;
      case 0x20:
        return left > right;
      case 0x30:
        return left >= right;
      case 0x40:
        return (left & right) !== 0n;
      case 0x50:
        return left !== right;
      case 0xa0:
        return left < right;
      case 0xb0:
        return left <= right;
      default:
        throw unknown(code);
    }
  }

  #call(helper: number): void {
    switch (helper) {
      case 1:
        this.#load(this.#get(2), 4);
        this.#set(0, mapBase);
        break;
      case 12:
        this.#control = [0, 1, 2].map((word) => this.#context.readUInt32LE(48 + 4 * word));
        this.#set(0, BigInt.asUintN(64, -2n));
        break;
      case 26:
        this.#loadBytes(this.#get(2), this.#get(3), Number(this.#get(4)));
        break;
      default:
        throw new Error(`unknown helper ${helper}`);
    }
    // A call leaves nothing in these.
    for (let register = 1; register <= 5; register++) this.#set(register, 0xdead_beef_dead_beefn);
  }

  #loadBytes(offset: bigint, target: bigint, lengthBytes: number): void {
    const end = offset + BigInt(lengthBytes);
    const isInside = offset <= 0x7fff_ffffn && end <= BigInt(this.#packet.bytes.length);
    for (let index = 0; index < lengthBytes; index++) {
      const byte = isInside ? (this.#packet.bytes[Number(offset) + index] ?? 0) : 0;
      this.#store(target + BigInt(index), 1, BigInt(byte));
    }
    this.#set(0, isInside ? 0n : BigInt.asUintN(64, -14n));
  }
}

function sizeOf(code: number): number {
  return { 0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8 }[code & 0x18] ?? 0;
}

function operate(operation: number, left: bigint, right: bigint, bits: bigint): bigint {
  switch (operation) {
    case 0x00:
      return left + right;
    case 0x10:
      return left - right;
    case 0x20:
      return left * right;
    case 0x30:
      return right === 0n ? 0n : left / right;
    case 0x40:
      return left | right;
    case 0x50:
      return left & right;
    case 0x60:
      return left << shift(right, bits);
    case 0x70:
      return left >> shift(right, bits);
    case 0x80:
      return -left;
    case 0x90:
      return right === 0n ? left : left % right;
    case 0xa0:
      return left ^ right;
    case 0xb0:
      return right;
    default:
      throw unknown(operation);
  }
}

/** Machines differ beyond the width, so no program may do that. */
function shift(count: bigint, bits: bigint): bigint {
  if (count >= bits) throw new Error(`shift of ${bits} bits by ${count}`);
  return count;
}

/** What `be16` and the others do on a little-endian machine: the bytes turned round, the rest cleared. */
function swapped(value: bigint, bits: number): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  const low = bytes.subarray(0, bits / 8).toReversed();
  const result = Buffer.alloc(8);
  result.set(low);
  return result.readBigUInt64LE();
}

function unknown(code: number): Error {
  return new Error(`unknown instruction 0x${code.toString(16)}`);
}
