import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import type { PacketDirection } from '../../event/event.ts';
import type { Assembler, Label } from './assembler.ts';
import { emitExtension } from './classic-extension.ts';
import {
  classicClass,
  classicMode,
  classOf,
  copyToX,
  modeOf,
  returnAccumulator,
  sizeOf,
} from './classic-opcode.ts';
import { emitArithmetic } from './emit-arithmetic.ts';
import { emitBranch } from './emit-branch.ts';
import { opcode, register, skb } from './opcode.ts';
import { PacketLoads } from './packet-loads.ts';
import { tagBytes, VlanLoads } from './vlan-loads.ts';

export interface FilterCode {
  readonly assembler: Assembler;
  /** Where it goes with what the filter returned, not 0, in the accumulator. */
  readonly match: Label;
  readonly noMatch: Label;
  /** Whether the packets have their outer VLAN tag beside their bytes. */
  readonly tagIsBeside: boolean;
  readonly direction: PacketDirection;
}

/**
 * Emits a classic program that {@link findClassicProblem} has nothing against. It decides as libpcap's interpreter does
 * on the bytes of the file; the context must be in its register.
 */
export function emitFilter(program: readonly ClassicInstruction[], code: FilterCode): void {
  new FilterEmitter(program, code).emit();
}

class FilterEmitter {
  readonly #program: readonly ClassicInstruction[];
  readonly #code: FilterCode;
  readonly #loads: PacketLoads;
  readonly #vlanLoads: VlanLoads | undefined;
  /** One for each classic instruction. */
  readonly #places: readonly Label[];

  constructor(program: readonly ClassicInstruction[], code: FilterCode) {
    this.#program = program;
    this.#code = code;
    this.#loads = new PacketLoads(code.assembler, code.noMatch);
    this.#vlanLoads = code.tagIsBeside ? new VlanLoads(code.assembler, this.#loads) : undefined;
    this.#places = program.map(() => code.assembler.newLabel());
  }

  emit(): void {
    const { assembler, noMatch } = this.#code;
    assembler.emit(opcode.moveImmediate, register.accumulator);
    assembler.emit(opcode.moveImmediate, register.x);
    this.#vlanLoads?.emitTag(noMatch);
    for (const [index, instruction] of this.#program.entries()) {
      assembler.place(this.#placeOf(index));
      this.#emitInstruction(instruction, index);
    }
    this.#loads.emitSlowLoads();
  }

  #emitInstruction(instruction: ClassicInstruction, index: number): void {
    const { assembler } = this.#code;
    const { code, k } = instruction;
    const target = (skipped: number): Label => this.#placeOf(index + 1 + skipped);
    switch (classOf(code)) {
      case classicClass.load:
        return this.#emitLoad(register.accumulator, instruction);
      case classicClass.loadX:
        return this.#emitLoad(register.x, instruction);
      case classicClass.store:
        return assembler.emit(opcode.storeWord, register.frame, register.accumulator, memoryPlace(k));
      case classicClass.storeX:
        return assembler.emit(opcode.storeWord, register.frame, register.x, memoryPlace(k));
      case classicClass.arithmetic:
        return emitArithmetic(assembler, instruction, this.#code.noMatch);
      case classicClass.jump:
        return emitBranch(assembler, instruction, target);
      case classicClass.return:
        return this.#emitReturn(instruction);
      default:
        return code === copyToX
          ? assembler.emit(opcode.move32, register.x, register.accumulator)
          : assembler.emit(opcode.move32, register.accumulator, register.x);
    }
  }

  #emitLoad(destination: number, { code, k }: ClassicInstruction): void {
    const { assembler } = this.#code;
    switch (modeOf(code)) {
      case classicMode.absolute:
        if (emitExtension(assembler, k, this.#code.direction)) return;
        return this.#loadAt(destination, k, sizeOf(code));
      case classicMode.indirect:
        return this.#loadAtX(destination, k, sizeOf(code));
      case classicMode.memory:
        return assembler.emit(opcode.loadWord, destination, register.frame, memoryPlace(k));
      case classicMode.length:
        assembler.emit(opcode.loadWord, destination, register.context, skb.length);
        if (this.#vlanLoads) assembler.emit(opcode.addImmediate32, destination, 0, 0, tagBytes);
        return;
      case classicMode.headerLength:
        // 4 * (P[k] & 0xf), the length of an IPv4 header.
        this.#loadAt(destination, k, 1);
        assembler.emit(opcode.andImmediate32, destination, 0, 0, 0xf);
        return assembler.emit(opcode.shiftLeftImmediate32, destination, 0, 0, 2);
      default:
        return assembler.emit(opcode.moveImmediate32, destination, 0, 0, k);
    }
  }

  #loadAt(destination: number, offset: number, size: 1 | 2 | 4): void {
    (this.#vlanLoads ?? this.#loads).loadAt(destination, offset, size);
  }

  #loadAtX(destination: number, k: number, size: 1 | 2 | 4): void {
    const { assembler, noMatch } = this.#code;
    // Longer than any packet, and an immediate of that size would be taken for a negative one.
    if (k >= 0x8000_0000) return assembler.jump(noMatch);
    assembler.emit(opcode.move, 2, register.x);
    assembler.emit(opcode.addImmediate, 2, 0, 0, k);
    if (this.#vlanLoads) this.#vlanLoads.loadAtRegister(destination, size, k);
    else this.#loads.loadAtRegister(destination, size);
  }

  #emitReturn({ code, k }: ClassicInstruction): void {
    const { assembler, match, noMatch } = this.#code;
    if (code === returnAccumulator) {
      assembler.jumpIf(opcode.jumpIfEqual32, register.accumulator, 0, 0, noMatch);
    } else if (k === 0) {
      return assembler.jump(noMatch);
    } else {
      assembler.emit(opcode.moveImmediate32, register.accumulator, 0, 0, k);
    }
    assembler.jump(match);
  }

  #placeOf(index: number): Label {
    const place = this.#places[index];
    if (place === undefined) throw new Error(`no instruction ${index}`);
    return place;
  }
}

/** On the stack, below what loads need. */
function memoryPlace(word: number): number {
  return -32 - 4 * (word + 1);
}
