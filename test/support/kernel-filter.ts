import type { ClassicInstruction } from '../../src/bpf/classic-instruction.ts';
import { close } from '../../src/bpf/libc.ts';
import { loadClassifier } from '../../src/bpf/load-classifier.ts';
import { lookupElement, updateElement } from '../../src/bpf/map-access.ts';
import type { PacketDirection } from '../../src/event/event.ts';
import { Assembler } from '../../src/packet/filter/assembler.ts';
import { buildEntryProgram } from '../../src/packet/filter/build-entry-program.ts';
import { helper, opcode, register, skb } from '../../src/packet/filter/opcode.ts';
import { createMap, mapType, TestRun } from './bpf-test-run.ts';

/** A key or value of a map. */
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

/** The kernel copies a value for each CPU that could be there. */
const mostCpus = 1024;

export interface KernelFilterOptions {
  readonly linkType?: 'ethernet' | 'raw';
  readonly snapLengthBytes?: number;
  readonly interfaceId?: number;
  readonly direction?: PacketDirection;
  readonly counterIndex?: number;
}

/** Maps and programs around entry programs, so that a test run tells what was decided. */
export class KernelFilters implements Disposable {
  readonly received: number = createMap(mapType.perCpuArray, 16, 4);
  readonly #programs: number = createMap(mapType.programArray, 4, 1);
  readonly #called: number = createMap(mapType.programArray, 4, 1);
  /** A program that calls the selected one. */
  readonly caller: number;
  readonly #testRun = new TestRun();
  readonly #pushTag: number;

  constructor() {
    this.setCapture(0);
    this.#pushTag = loadClassifier({ name: 'push_tag', instructions: callProgram(this.#called, true) });
    this.caller = loadClassifier({ name: 'caller', instructions: callProgram(this.#called, false) });
  }

  /** The program that a match calls returns this word of `skb->cb`. */
  setCapture(word: number): void {
    this.setCaptureProgram(returnControlProgram(word));
  }

  setCaptureProgram(instructions: Buffer): void {
    const fd = loadClassifier({ name: 'capture', instructions });
    updateElement(this.#programs, u32(0), u32(fd));
    close(fd);
  }

  /** A reason, when it is refused; else the descriptor of the program. Throws SystemError when the kernel refuses. */
  load(
    filter: readonly ClassicInstruction[] | null,
    options: KernelFilterOptions = {},
  ): { readonly fd: number } | { readonly reason: string } {
    const built = buildEntryProgram({
      filter,
      linkType: options.linkType ?? 'ethernet',
      snapLengthBytes: options.snapLengthBytes ?? 0xffff_ffff,
      interfaceId: options.interfaceId ?? 0,
      direction: options.direction ?? 'in',
      programArrayFd: this.#programs,
      received: { mapFd: this.received, index: options.counterIndex ?? 0, offsetBytes: 8 },
    });
    if (built.type === 'refused') return { reason: built.reason };
    return { fd: loadClassifier({ name: 'filter', instructions: built.instructions }) };
  }

  /** What the called program returned; -1 (no match) is 0xffffffff. */
  decide(programFd: number, packet: Buffer): number {
    return this.#testRun.run(programFd, packet);
  }

  /** From here on {@link caller} and {@link decideTagged} run this one. */
  selectCalled(programFd: number): void {
    updateElement(this.#called, u32(0), u32(programFd));
  }

  /** The same for a packet whose outer tag (protocol and tci, as on the wire) was put beside its bytes. */
  decideTagged(packet: Buffer, tag: Buffer): number {
    const control = [0, 0, 0, tag.readUInt16LE(0), tag.readUInt16BE(2)];
    return this.#testRun.run(this.#pushTag, packet, control);
  }

  /** What entry programs have counted under an index, all CPUs together. */
  countReceived(index: number): number {
    const value = lookupElement(this.received, u32(index), 16 * mostCpus) ?? Buffer.alloc(0);
    let sum = 0n;
    for (let at = 8; at < value.length; at += 16) sum += value.readBigUInt64LE(at);
    return Number(sum);
  }

  [Symbol.dispose](): void {
    for (const fd of [this.received, this.#programs, this.#called, this.#pushTag, this.caller]) close(fd);
  }
}

function returnControlProgram(word: number): Buffer {
  const assembler = new Assembler();
  assembler.emit(opcode.loadWord, register.result, 1, skb.control + 4 * word);
  assembler.emit(opcode.exit);
  return assemble(assembler);
}

/** Perhaps bpf_skb_vlan_push(skb, cb[3], cb[4]), then the program in the table. */
function callProgram(programArrayFd: number, pushesTag: boolean): Buffer {
  const skbVlanPush = 18;
  const assembler = new Assembler();
  assembler.emit(opcode.move, register.context, 1);
  if (pushesTag) {
    assembler.emit(opcode.loadWord, 2, register.context, skb.control + 12);
    assembler.emit(opcode.loadWord, 3, register.context, skb.control + 16);
    assembler.emit(opcode.call, 0, 0, 0, skbVlanPush);
  }
  assembler.emit(opcode.move, 1, register.context);
  assembler.loadMap(2, programArrayFd);
  assembler.emit(opcode.moveImmediate, 3);
  assembler.emit(opcode.call, 0, 0, 0, helper.tailCall);
  assembler.emit(opcode.moveImmediate32, register.result, 0, 0, -1);
  assembler.emit(opcode.exit);
  return assemble(assembler);
}

export function assemble(assembler: Assembler): Buffer {
  const assembled = assembler.assemble();
  if (assembled.type === 'refused') throw new Error(assembled.reason);
  return assembled.instructions;
}
