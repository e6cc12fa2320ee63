import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import type { LinkType, PacketDirection } from '../../event/event.ts';
import { packetDirection } from '../../event/kernel-layout.ts';
import { Assembler, type Assembled, type Label } from './assembler.ts';
import { emitFilter } from './emit-filter.ts';
import { findClassicProblem } from './find-classic-problem.ts';
import { helper, opcode, register, skb } from './opcode.ts';

export interface EntryProgram {
  /** What libpcap made of the expression for this link type; null keeps every packet. */
  readonly filter: readonly ClassicInstruction[] | null;
  readonly linkType: LinkType;
  /** Most bytes of a packet that are wanted. */
  readonly snapLengthBytes: number;
  readonly interfaceId: number;
  readonly direction: PacketDirection;
  /** A BPF_MAP_TYPE_PROG_ARRAY whose slot 0 holds the program that captures. */
  readonly programArrayFd: number;
  /** A 64-bit counter of packets seen, before the filter. */
  readonly received: CounterPlace;
}

export interface CounterPlace {
  /** A BPF_MAP_TYPE_PERCPU_ARRAY. */
  readonly mapFd: number;
  readonly index: number;
  /** In the value, a multiple of 8. */
  readonly offsetBytes: number;
}

/**
 * The instructions of a stand-alone program for traffic control, one for each interface and direction: it counts the
 * packet, decides on it, and calls the program that captures. That one finds, in `skb->cb`:
 *
 * | word | is                                                            |
 * |------|---------------------------------------------------------------|
 * | 0    | bytes wanted: the lesser of the snap length and what the filter returned |
 * | 1    | `interfaceId`                                                 |
 * | 2    | `enum packet_direction` of bpf/events.h                       |
 *
 * It always returns TC_ACT_UNSPEC (TCX_NEXT), also once the called program is gone: programs behind it run as if it
 * were not there. What would not be decided as libpcap does is refused.
 */
export function buildEntryProgram(entry: EntryProgram): Assembled {
  const problem = entry.filter === null ? undefined : findClassicProblem(entry.filter);
  if (problem !== undefined) return { type: 'refused', reason: problem };
  const assembler = new Assembler();
  assembler.emit(opcode.move, register.context, 1);
  emitCount(assembler, entry.received);
  if (entry.filter === null) {
    assembler.emit(opcode.moveImmediate32, register.accumulator, 0, 0, entry.snapLengthBytes);
    emitEnds(assembler, entry, assembler.newLabel(), assembler.newLabel());
    return assembler.assemble();
  }
  const beside = assembler.newLabel();
  const canBeBeside = entry.linkType === 'ethernet';
  if (canBeBeside) {
    assembler.emit(opcode.loadWord, 1, register.context, skb.vlanPresent);
    assembler.jumpIf(opcode.jumpIfNotEqual, 1, 0, 0, beside);
  }
  emitCopy(assembler, entry, entry.filter, false);
  assembler.place(beside);
  if (canBeBeside) emitCopy(assembler, entry, entry.filter, true);
  return assembler.assemble();
}

/** Atomically: on real-time kernels one of these may interrupt another. */
function emitCount(assembler: Assembler, place: CounterPlace): void {
  const counted = assembler.newLabel();
  assembler.emit(opcode.storeImmediateWord, register.frame, 0, -4, place.index);
  assembler.emit(opcode.move, 2, register.frame);
  assembler.emit(opcode.addImmediate, 2, 0, 0, -4);
  assembler.loadMap(1, place.mapFd);
  assembler.emit(opcode.call, 0, 0, 0, helper.mapLookup);
  assembler.jumpIf(opcode.jumpIfEqual, register.result, 0, 0, counted);
  assembler.emit(opcode.moveImmediate, 1, 0, 0, 1);
  assembler.emit(opcode.atomicAdd64, register.result, 1, place.offsetBytes);
  assembler.place(counted);
}

function emitCopy(
  assembler: Assembler,
  entry: EntryProgram,
  filter: readonly ClassicInstruction[],
  tagIsBeside: boolean,
): void {
  const match = assembler.newLabel();
  const noMatch = assembler.newLabel();
  emitFilter(filter, { assembler, match, noMatch, tagIsBeside, direction: entry.direction });
  emitEnds(assembler, entry, match, noMatch);
}

/** Each copy has its own ends, so that they are near enough to jump to. */
function emitEnds(assembler: Assembler, entry: EntryProgram, match: Label, noMatch: Label): void {
  assembler.place(match);
  emitLimit(assembler, entry.snapLengthBytes);
  emitControl(assembler, 0, register.accumulator);
  assembler.emit(opcode.moveImmediate32, 1, 0, 0, entry.interfaceId);
  emitControl(assembler, 1, 1);
  assembler.emit(opcode.moveImmediate32, 1, 0, 0, packetDirection[entry.direction]);
  emitControl(assembler, 2, 1);
  assembler.emit(opcode.move, 1, register.context);
  assembler.loadMap(2, entry.programArrayFd);
  assembler.emit(opcode.moveImmediate, 3);
  assembler.emit(opcode.call, 0, 0, 0, helper.tailCall);
  assembler.place(noMatch);
  assembler.emit(opcode.moveImmediate32, register.result, 0, 0, TC_ACT_UNSPEC);
  assembler.emit(opcode.exit);
}

/** include/uapi/linux/pkt_cls.h; TCX_NEXT is the same. */
const TC_ACT_UNSPEC = -1;

function emitLimit(assembler: Assembler, snapLengthBytes: number): void {
  const within = assembler.newLabel();
  assembler.jumpIf(opcode.jumpIfAtMost32, register.accumulator, 0, snapLengthBytes, within);
  assembler.emit(opcode.moveImmediate32, register.accumulator, 0, 0, snapLengthBytes);
  assembler.place(within);
}

function emitControl(assembler: Assembler, word: number, source: number): void {
  assembler.emit(opcode.storeWord, register.context, source, skb.control + word * 4);
}
