import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import { findUnwrittenLoad } from './find-unwritten-load.ts';
import { isUnknownExtension } from './classic-extension.ts';
import {
  classicClass,
  classicMode,
  classicOperation,
  classOf,
  modeOf,
  operationOf,
  sourceIsX,
} from './classic-opcode.ts';

/**
 * Why a classic program cannot be decided in the kernel; undefined where it can. What passes means the same to
 * libpcap's interpreter (bpf_filter.c, pcap_validate_filter) on every machine, and always ends.
 */
export function findClassicProblem(program: readonly ClassicInstruction[]): string | undefined {
  if (program.length === 0) return 'there is no instruction';
  if (program.length > mostInstructions) {
    return `there are ${program.length} instructions, more than ${mostInstructions}`;
  }
  for (const [index, instruction] of program.entries()) {
    const problem = findInstructionProblem(instruction, program.length - index - 1);
    if (problem !== undefined) return `instruction ${index} ${problem}`;
  }
  const last = program.at(-1);
  if (last === undefined || classOf(last.code) !== classicClass.return)
    return 'the last instruction does not return';
  const unwritten = findUnwrittenLoad(program);
  return unwritten === undefined
    ? undefined
    : `instruction ${unwritten} uses what is unknown on some way to it; terms like geneve hold for all that follows, so put them last`;
}

/** libpcap sets no limit, Linux 4,096 for its own use. Far below this one the jumps become too long, or not. */
const mostInstructions = 16_384;

function findInstructionProblem(instruction: ClassicInstruction, following: number): string | undefined {
  const { code } = instruction;
  if (!knownCodes.has(code)) return `has the unknown code 0x${code.toString(16)}`;
  switch (classOf(code)) {
    case classicClass.load:
    case classicClass.loadX:
      return findLoadProblem(instruction);
    case classicClass.store:
    case classicClass.storeX:
      return findMemoryProblem(instruction.k);
    case classicClass.arithmetic:
      return findArithmeticProblem(instruction);
    case classicClass.jump:
      return findJumpProblem(instruction, following);
    default:
      return undefined;
  }
}

function findLoadProblem({ code, k }: ClassicInstruction): string | undefined {
  if (modeOf(code) === classicMode.memory) return findMemoryProblem(k);
  return modeOf(code) === classicMode.absolute && isUnknownExtension(k)
    ? `asks for something that is not in the packet (0x${k.toString(16)})`
    : undefined;
}

function findMemoryProblem(k: number): string | undefined {
  return k < memoryWords ? undefined : `uses memory word ${k} of ${memoryWords}`;
}

/** BPF_MEMWORDS. */
const memoryWords = 16;

function findArithmeticProblem({ code, k }: ClassicInstruction): string | undefined {
  if ((code & sourceIsX) !== 0) return undefined;
  const operation = operationOf(code);
  const divides = operation === classicOperation.divide || operation === classicOperation.modulo;
  if (divides && k === 0) return 'divides by zero';
  const shifts = operation === classicOperation.shiftLeft || operation === classicOperation.shiftRight;
  // In C that is undefined; machines differ.
  return shifts && k > 31 ? `shifts 32 bits by ${k}` : undefined;
}

function findJumpProblem(instruction: ClassicInstruction, following: number): string | undefined {
  const { code, jumpTrue, jumpFalse, k } = instruction;
  if (operationOf(code) !== classicOperation.jumpAlways) {
    return Math.max(jumpTrue, jumpFalse) < following ? undefined : 'jumps out of the program';
  }
  // libpcap sign-extends k, "as we currently implement ip6 protochain with backward jumps".
  if (k >= 0x8000_0000) return 'jumps backwards, as those of protochain do; the kernel takes no loops';
  return k < following ? undefined : 'jumps out of the program';
}

/** Every code that libpcap's interpreter knows, by class. */
const knownCodes: ReadonlySet<number> = new Set(
  [
    [0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60],
    [0x01, 0x61, 0x81, 0xb1],
    [0x02, 0x03],
    [0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xa4],
    [0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac],
    [0x05, 0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d],
    [0x06, 0x16],
    [0x07, 0x87],
  ].flat(),
);
