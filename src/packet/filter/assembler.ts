import { opcode } from './opcode.ts';

/** A place to jump to, made before it is known where it is. */
export type Label = number;

export type Assembled =
  | { readonly type: 'program'; readonly instructions: Buffer }
  | { readonly type: 'refused'; readonly reason: string };

interface Instruction {
  readonly code: number;
  readonly destination: number;
  readonly source: number;
  readonly offset: number;
  readonly immediate: number;
  readonly target?: Label;
}

/** Collects instructions of eBPF and resolves jumps between them. */
export class Assembler {
  readonly #instructions: Instruction[] = [];
  /** By label; undefined until it is placed. */
  readonly #places: (number | undefined)[] = [];

  newLabel(): Label {
    return this.#places.push(undefined) - 1;
  }

  place(label: Label): void {
    this.#places[label] = this.#instructions.length;
  }

  emit(code: number, destination = 0, source = 0, offset = 0, immediate = 0): void {
    this.#instructions.push({ code, destination, source, offset, immediate: immediate | 0 });
  }

  jump(target: Label): void {
    this.jumpIf(opcode.jump, 0, 0, 0, target);
  }

  /** Compares with `source` or `immediate`, as the code says. */
  jumpIf(code: number, destination: number, source: number, immediate: number, target: Label): void {
    this.#instructions.push({ code, destination, source, offset: 0, immediate: immediate | 0, target });
  }

  loadMap(destination: number, mapFd: number): void {
    const fromDescriptor = 1;
    this.emit(opcode.loadImmediate64, destination, fromDescriptor, 0, mapFd);
    this.emit(0);
  }

  /** Leaves out what cannot be reached, which the verifier refuses ("unreachable insn"), and jumps to the next one. */
  assemble(): Assembled {
    const live = this.#findLive();
    const places = countBefore(live);
    const bytes = Buffer.alloc((places.at(-1) ?? 0) * 8);
    for (const [index, instruction] of this.#instructions.entries()) {
      if (live[index] === 0) continue;
      const place = places[index] ?? 0;
      const offset =
        instruction.target === undefined
          ? instruction.offset
          : (places[this.#placeOf(instruction.target)] ?? 0) - place - 1;
      if (offset > 0x7fff || offset < -0x8000) return { type: 'refused', reason: tooLong };
      bytes[place * 8] = instruction.code;
      bytes[place * 8 + 1] = instruction.destination | (instruction.source << 4);
      bytes.writeInt16LE(offset, place * 8 + 2);
      bytes.writeInt32LE(instruction.immediate, place * 8 + 4);
    }
    return { type: 'program', instructions: bytes };
  }

  #findLive(): Uint8Array {
    const live = new Uint8Array(this.#instructions.length);
    const starts = [0];
    for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
      for (let at: number | undefined = start; at !== undefined && live[at] === 0;) {
        live[at] = 1;
        at = this.#follow(at, live, starts);
      }
    }
    this.#dropIdleJumps(live);
    return live;
  }

  /** Where control goes from an instruction; a second way is left in `starts`. */
  #follow(at: number, live: Uint8Array, starts: number[]): number | undefined {
    const instruction = this.#instructions[at];
    if (instruction === undefined) return undefined;
    switch (instruction.code) {
      case opcode.exit:
        return undefined;
      case opcode.jump:
        return this.#placeOf(instruction.target ?? 0);
      case opcode.loadImmediate64:
        live[at + 1] = 1;
        return at + 2;
      default:
        if (instruction.target !== undefined) starts.push(this.#placeOf(instruction.target));
        return at + 1;
    }
  }

  #dropIdleJumps(live: Uint8Array): void {
    // From the end, so that a jump over jumps that were dropped is seen to be idle too.
    for (let at = live.length - 1; at >= 0; at--) {
      const instruction = this.#instructions[at];
      if (live[at] === 0 || instruction?.code !== opcode.jump) continue;
      const target = this.#placeOf(instruction.target ?? 0);
      if (target > at && !live.subarray(at + 1, target).includes(1)) live[at] = 0;
    }
  }

  #placeOf(label: Label): number {
    const place = this.#places[label];
    if (place === undefined) throw new Error(`label ${label} was never placed`);
    return place;
  }
}

const tooLong =
  'it is too long: a jump within it would be farther than the kernel can jump (32,767 instructions)';

/** For each index, and the end, how many live ones are before it. */
function countBefore(live: Uint8Array): Int32Array {
  const counts = new Int32Array(live.length + 1);
  for (const [index, isLive] of live.entries()) counts[index + 1] = (counts[index] ?? 0) + isLive;
  return counts;
}
