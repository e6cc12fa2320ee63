import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';

/**
 * What a classic program returns for a packet, written from the semantics in libpcap's bpf_filter.c and independent of
 * the converter: 0 is no match, so is a load beyond the end and a division by zero. `extensions` are the values of
 * what Linux keeps beside a packet, by offset. Only for programs that jump forward and end by returning.
 */
export function interpretClassic(
  program: readonly ClassicInstruction[],
  packet: Buffer,
  extensions: ReadonlyMap<number, number> = new Map(),
): number {
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  for (let pc = 0; ; pc++) {
    const instruction = program[pc];
    if (!instruction) throw new Error('ran out of the program');
    const { code, k } = instruction;
    const load = (offset: number): number | undefined => {
      const size = (code & 0x18) === 0 ? 4 : (code & 0x18) === 8 ? 2 : 1;
      return offset + size <= packet.length ? packet.readUIntBE(offset, size) : undefined;
    };
    const operand = (code & 8) === 0 ? k : x;
    switch (code) {
      case 0x20:
      case 0x28:
      case 0x30:
      case 0x40:
      case 0x48:
      case 0x50: {
        const value = (code & 0xe0) === 0x40 ? load(x + k) : (extensions.get(k) ?? load(k));
        if (value === undefined) return 0;
        a = value;
        break;
      }
      case 0xb1: {
        const value = packet[k];
        if (value === undefined) return 0;
        x = (value & 0xf) * 4;
        break;
      }
      case 0x00:
        a = k;
        break;
      case 0x01:
        x = k;
        break;
      case 0x60:
        a = memory[k] ?? 0;
        break;
      case 0x61:
        x = memory[k] ?? 0;
        break;
      case 0x80:
        a = packet.length;
        break;
      case 0x81:
        x = packet.length;
        break;
      case 0x02:
        memory[k] = a;
        break;
      case 0x03:
        memory[k] = x;
        break;
      case 0x05:
        pc += k;
        break;
      case 0x06:
        return k;
      case 0x16:
        return a;
      case 0x07:
        x = a;
        break;
      case 0x87:
        a = x;
        break;
      default:
        if ((code & 7) === 5) {
          pc += compare(code, a, operand) ? instruction.jumpTrue : instruction.jumpFalse;
          break;
        }
        if (((code & 0xf0) === 0x30 || (code & 0xf0) === 0x90) && operand === 0) return 0;
        a = calculate(code, a, operand);
    }
  }
}

function compare(code: number, a: number, operand: number): boolean {
  switch (code & 0xf0) {
    case 0x10:
      return a === operand;
    case 0x20:
      return a > operand;
    case 0x30:
      return a >= operand;
    case 0x40:
      return (a & operand) !== 0;
    default:
      throw new Error(`not a comparison: ${code}`);
  }
}

function calculate(code: number, a: number, operand: number): number {
  switch (code & 0xf0) {
    case 0x00:
      return (a + operand) >>> 0;
    case 0x10:
      return (a - operand) >>> 0;
    case 0x20:
      return Math.imul(a, operand) >>> 0;
    case 0x30:
      return Math.floor(a / operand);
    case 0x40:
      return (a | operand) >>> 0;
    case 0x50:
      return (a & operand) >>> 0;
    case 0x60:
      return operand > 31 ? 0 : (a << operand) >>> 0;
    case 0x70:
      return operand > 31 ? 0 : a >>> operand;
    case 0x80:
      return -a >>> 0;
    case 0x90:
      return a % operand;
    case 0xa0:
      return (a ^ operand) >>> 0;
    default:
      throw new Error(`not arithmetic: ${code}`);
  }
}
