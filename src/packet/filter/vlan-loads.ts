import type { Assembler, Label } from './assembler.ts';
import { opcode, register, skb } from './opcode.ts';
import type { LoadSize, PacketLoads } from './packet-loads.ts';

/**
 * Loads from a packet whose outer VLAN tag is not among its bytes but beside them, where network cards and the kernel
 * put it. The file gets the tag back, so offsets count as if it stood there already:
 *
 * | offset   | is                                  |
 * |----------|-------------------------------------|
 * | 0 – 11   | addresses, offset 0 – 11 of the skb |
 * | 12 – 15  | the tag: vlan_proto, vlan_tci       |
 * | 16 – end | offset 12 and on of the skb         |
 */
export class VlanLoads {
  readonly #assembler: Assembler;
  readonly #loads: PacketLoads;

  constructor(assembler: Assembler, loads: PacketLoads) {
    this.#assembler = assembler;
    this.#loads = loads;
  }

  /** Puts the tag on the stack, as it would stand in the packet. A frame too short to have one matches nothing. */
  emitTag(noMatch: Label): void {
    const assembler = this.#assembler;
    assembler.emit(opcode.loadWord, 1, register.context, skb.length);
    assembler.jumpIf(opcode.jumpIfLess, 1, 0, tagStart, noMatch);
    assembler.emit(opcode.loadWord, 1, register.context, skb.vlanProtocol);
    assembler.emit(opcode.storeHalf, register.frame, 1, tagOnStack);
    assembler.emit(opcode.loadWord, 1, register.context, skb.vlanTci);
    assembler.emit(opcode.toBigEndian, 1, 0, 0, 16);
    assembler.emit(opcode.storeHalf, register.frame, 1, tagOnStack + 2);
  }

  loadAt(destination: number, offset: number, size: LoadSize): void {
    const end = offset + size;
    if (end <= tagStart) this.#loads.loadAt(destination, offset, size);
    else if (offset >= tagEnd) this.#loads.loadAt(destination, offset - tagBytes, size);
    else if (offset >= tagStart && end <= tagEnd) this.#loadFromTag(destination, offset, size);
    else this.#loadByBytes(destination, offset, size);
  }

  /** The same at the offset that is in register 2, known to be `least` or more. */
  loadAtRegister(destination: number, size: LoadSize, least: number): void {
    const assembler = this.#assembler;
    const done = assembler.newLabel();
    for (let offset = Math.max(least, tagStart - size + 1); offset < tagEnd; offset++) {
      const next = assembler.newLabel();
      assembler.jumpIf(opcode.jumpIfNotEqual, 2, 0, offset, next);
      this.loadAt(destination, offset, size);
      assembler.jump(done);
      assembler.place(next);
    }
    const before = assembler.newLabel();
    if (least < tagStart) assembler.jumpIf(opcode.jumpIfLess, 2, 0, tagStart, before);
    assembler.emit(opcode.addImmediate, 2, 0, 0, -tagBytes);
    assembler.place(before);
    this.#loads.loadAtRegister(destination, size);
    assembler.place(done);
  }

  #loadFromTag(destination: number, offset: number, size: LoadSize): void {
    const place = tagOnStack + offset - tagStart;
    if (size === 4) this.#assembler.emit(opcode.loadWord, destination, register.frame, place);
    else if (size === 1) this.#assembler.emit(opcode.loadByte, destination, register.frame, place);
    else {
      // The tag was written in halves; what is between them is read as bytes.
      this.#assembler.emit(opcode.loadByte, destination, register.frame, place);
      this.#assembler.emit(opcode.loadByte, 1, register.frame, place + 1);
      this.#assembler.emit(opcode.shiftLeftImmediate32, destination, 0, 0, 8);
      this.#assembler.emit(opcode.or32, destination, 1);
      return;
    }
    if (size > 1) this.#assembler.emit(opcode.toBigEndian, destination, 0, 0, size * 8);
  }

  /** A value that is partly in the tag. */
  #loadByBytes(destination: number, offset: number, size: LoadSize): void {
    const assembler = this.#assembler;
    const sum = register.spare;
    assembler.emit(opcode.moveImmediate, sum);
    for (let at = offset; at < offset + size; at++) {
      this.loadAt(destination, at, 1);
      assembler.emit(opcode.shiftLeftImmediate32, sum, 0, 0, 8);
      assembler.emit(opcode.or32, sum, destination);
    }
    assembler.emit(opcode.move32, destination, sum);
  }
}

export const tagBytes = 4;
const tagStart = 12;
const tagEnd = tagStart + tagBytes;

/** Below the scratch of {@link PacketLoads}. */
const tagOnStack = -16;
