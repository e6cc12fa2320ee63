import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';
import { Random } from '../../support/random.ts';

/** A classic program from a seed: mostly well-formed, now and then broken in any way. */
export function randomProgram(random: Random): readonly ClassicInstruction[] {
  const length = random.below(12) === 0 ? 1 + random.below(200) : 2 + random.below(24);
  const program = Array.from({ length }, (_, index) => randomInstruction(random, length - index - 1));
  if (random.below(40) > 0)
    program[length - 1] = instruction(random.below(3) === 0 ? 0x06 : 0x16, constant(random));
  if (random.below(8) === 0) program[random.below(length)] = anyInstruction(random);
  return program;
}

/** Bytes of any kind, short enough that loads miss; sometimes all the same. */
export function randomPacket(random: Random): Buffer {
  const lengthBytes = random.below(5) === 0 ? random.below(20) : 14 + random.below(110);
  if (random.below(6) === 0) return Buffer.alloc(lengthBytes, random.below(256));
  const packet = random.bytes(lengthBytes);
  // Small values make offsets that stay within the packet.
  if (random.below(2) === 0)
    for (let at = 0; at < lengthBytes; at += 1 + random.below(3)) packet[at] = random.below(4);
  return packet;
}

/** A tag that is beside a packet's bytes. */
export function randomTag(random: Random): Buffer {
  const tag = random.bytes(4);
  tag.writeUInt16BE(random.pick([0x8100, 0x88a8]));
  return tag;
}

function randomInstruction(random: Random, following: number): ClassicInstruction {
  const kind = random.below(20);
  if (kind < 7) return randomLoad(random);
  if (kind < 9) return instruction(random.pick([0x02, 0x03]), random.below(4));
  if (kind < 12) return randomArithmetic(random);
  if (kind < 17) return randomJump(random, following);
  if (kind < 19) return instruction(random.pick([0x07, 0x87]), 0);
  return instruction(random.pick([0x06, 0x16]), constant(random));
}

function randomLoad(random: Random): ClassicInstruction {
  const code = random.pick([
    ...[0x20, 0x28, 0x30, 0x20, 0x28, 0x30],
    ...[0x40, 0x48, 0x50, 0x40, 0x48, 0x50],
    ...[0x80, 0x00, 0x60, 0x01, 0x61, 0x81, 0xb1],
  ]);
  const isMemory = (code & 0xe0) === 0x60;
  const isConstant = code < 2;
  return instruction(code, isMemory ? random.below(4) : isConstant ? constant(random) : offset(random));
}

function randomArithmetic(random: Random): ClassicInstruction {
  const operation = random.pick([0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0]);
  if (operation === 0x80) return instruction(0x84, 0);
  if (random.below(2) === 0) return instruction(0x0c | operation, 0);
  const isShift = operation === 0x60 || operation === 0x70;
  return instruction(0x04 | operation, isShift ? random.below(32) : constant(random));
}

function randomJump(random: Random, following: number): ClassicInstruction {
  const most = Math.max(1, Math.min(following, random.pick([2, 4, 255])));
  if (random.below(8) === 0) return instruction(0x05, random.below(most));
  const code = 0x05 | random.pick([0x10, 0x20, 0x30, 0x40]) | random.pick([0, 0, 8]);
  return { code, jumpTrue: random.below(most), jumpFalse: random.below(most), k: constant(random) };
}

function offset(random: Random): number {
  const kind = random.below(20);
  if (kind === 0)
    return random.pick([
      0x7fff_fff0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffe0_0000, 0xffff_f000, 0xffff_f00c,
    ]);
  if (kind === 1) return random.pick([0x7ffb, 0x7ffe, 0x7fff, 0x8000, 0xfffb, 0xffff, 0x1_0000]);
  if (kind < 8) return 8 + random.below(12);
  return random.below(130);
}

function constant(random: Random): number {
  return random.below(2) === 0
    ? random.below(70)
    : random.pick([0, 1, 31, 32, 33, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, random.word()]);
}

function anyInstruction(random: Random): ClassicInstruction {
  return {
    code: random.pick([random.below(256), random.below(0x1_0000)]),
    jumpTrue: random.below(256),
    jumpFalse: random.below(256),
    k: random.pick([random.word(), random.below(40)]),
  };
}

function instruction(code: number, k: number): ClassicInstruction {
  return { code, jumpTrue: 0, jumpFalse: 0, k };
}
