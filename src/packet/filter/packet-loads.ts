import type { Assembler, Label } from './assembler.ts';
import { helper, opcode, register, skb } from './opcode.ts';

export type LoadSize = 1 | 2 | 4;

/**
 * Emits loads from a packet, in network order like classic BPF's. What lies in the packet's linear part is read
 * directly; the rest (paged data of big packets, far offsets) by bpf_skb_load_bytes, out of line. A load beyond the
 * packet's end goes to `noMatch`, as libpcap's interpreter returns 0.
 *
 * Not LD_ABS, which the kernel would take too: beyond the end it ends the program with 0, TC_ACT_OK, and that hides the
 * packet from every program behind ours.
 */
export class PacketLoads {
  readonly #assembler: Assembler;
  readonly #noMatch: Label;
  readonly #slowLoads: (() => void)[] = [];

  constructor(assembler: Assembler, noMatch: Label) {
    this.#assembler = assembler;
    this.#noMatch = noMatch;
  }

  /** `destination` becomes the value at a constant offset. */
  loadAt(destination: number, offset: number, size: LoadSize): void {
    if (offset > farthest) {
      this.#assembler.jump(this.#noMatch);
      return;
    }
    const slow = this.#slowLoad(destination, size, () => {
      this.#assembler.emit(opcode.moveImmediate, 2, 0, 0, offset);
    });
    if (offset + size > farthestDisplacement) {
      this.#assembler.jump(slow.label);
    } else {
      const { data } = this.#compareWithEnd(offset + size, slow.label);
      this.#finishDirect(destination, data, offset, size);
    }
    this.#assembler.place(slow.done);
  }

  /** The same at the offset that is in register 2, 64 bits of it. */
  loadAtRegister(destination: number, size: LoadSize): void {
    const assembler = this.#assembler;
    assembler.jumpIf(opcode.jumpIfGreater, 2, 0, farthest, this.#noMatch);
    const slow = this.#slowLoad(destination, size, () => {
      assembler.emit(opcode.move, 2, register.spare);
    });
    assembler.emit(opcode.move, register.spare, 2);
    assembler.jumpIf(opcode.jumpIfGreater, 2, 0, farthestDirect, slow.label);
    assembler.emit(opcode.loadWord, 4, register.context, skb.data);
    assembler.emit(opcode.loadWord, 3, register.context, skb.dataEnd);
    assembler.emit(opcode.add, 4, 2);
    assembler.emit(opcode.move, 5, 4);
    assembler.emit(opcode.addImmediate, 5, 0, 0, size);
    assembler.jumpIf(opcode.jumpIfRegisterGreater, 5, 3, 0, slow.label);
    this.#finishDirect(destination, 4, 0, size);
    assembler.place(slow.done);
  }

  /** To be called once, behind the code that loads. */
  emitSlowLoads(): void {
    for (const emit of this.#slowLoads) emit();
  }

  #compareWithEnd(endOffset: number, beyond: Label): { readonly data: number } {
    const assembler = this.#assembler;
    const data = 2;
    assembler.emit(opcode.loadWord, data, register.context, skb.data);
    assembler.emit(opcode.loadWord, 3, register.context, skb.dataEnd);
    assembler.emit(opcode.move, 4, data);
    assembler.emit(opcode.addImmediate, 4, 0, 0, endOffset);
    assembler.jumpIf(opcode.jumpIfRegisterGreater, 4, 3, 0, beyond);
    return { data };
  }

  #finishDirect(destination: number, base: number, displacement: number, size: LoadSize): void {
    this.#assembler.emit(loadCode[size], destination, base, displacement);
    this.#toHostOrder(destination, size);
  }

  #slowLoad(destination: number, size: LoadSize, setOffset: () => void): { label: Label; done: Label } {
    const assembler = this.#assembler;
    const label = assembler.newLabel();
    const done = assembler.newLabel();
    this.#slowLoads.push(() => {
      assembler.place(label);
      setOffset();
      assembler.emit(opcode.move, 1, register.context);
      assembler.emit(opcode.move, 3, register.frame);
      assembler.emit(opcode.addImmediate, 3, 0, 0, scratchOffset);
      assembler.emit(opcode.moveImmediate, 4, 0, 0, size);
      assembler.emit(opcode.call, 0, 0, 0, helper.skbLoadBytes);
      assembler.jumpIf(opcode.jumpIfNotEqual, register.result, 0, 0, this.#noMatch);
      assembler.emit(loadCode[size], destination, register.frame, scratchOffset);
      this.#toHostOrder(destination, size);
      assembler.jump(done);
    });
    return { label, done };
  }

  #toHostOrder(destination: number, size: LoadSize): void {
    if (size > 1) this.#assembler.emit(opcode.toBigEndian, destination, 0, 0, size * 8);
  }
}

const loadCode = { 1: opcode.loadByte, 2: opcode.loadHalf, 4: opcode.loadWord } as const;

/** Beyond it there is no packet: the helper takes a signed offset. */
const farthest = 0x7fff_fff0;

/** Of a load instruction. */
const farthestDisplacement = 0x7fff;

/** The verifier follows pointers into a packet as far as 65,535 (MAX_PACKET_OFF). */
const farthestDirect = 0xffe0;

/** Eight bytes below the frame pointer. */
const scratchOffset = -8;
