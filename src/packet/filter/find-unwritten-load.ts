import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import {
  classicClass,
  classicMode,
  classicOperation,
  classOf,
  modeOf,
  operationOf,
} from './classic-opcode.ts';

/**
 * The first instruction that may read a memory word which nothing was written to; undefined where there is none. Such a
 * program means nothing: libpcap's interpreter finds there what happens to be on its stack, and Linux refuses it
 * (check_load_and_stores of net/core/filter.c). libpcap makes some for terms that only hold within others, as in
 * `(geneve and tcp) or udp`. Jumps must lead forward, within the program.
 */
export function findUnwrittenLoad(program: readonly ClassicInstruction[]): number | undefined {
  // What is written on every way that leads there, a bit for each word.
  const written = new Uint16Array(program.length).fill(allWords);
  written[0] = 0;
  const reach = (index: number, words: number): void => {
    written[index] = (written[index] ?? 0) & words;
  };
  for (const [index, instruction] of program.entries()) {
    const { code, jumpTrue, jumpFalse, k } = instruction;
    const words = written[index] ?? 0;
    switch (classOf(code)) {
      case classicClass.store:
      case classicClass.storeX:
        reach(index + 1, words | (1 << k));
        break;
      case classicClass.jump:
        if (operationOf(code) === classicOperation.jumpAlways) reach(index + 1 + k, words);
        else for (const skipped of [jumpTrue, jumpFalse]) reach(index + 1 + skipped, words);
        break;
      case classicClass.return:
        break;
      default:
        if (isMemoryLoad(code) && (words & (1 << k)) === 0) return index;
        reach(index + 1, words);
    }
  }
  return undefined;
}

const allWords = 0xffff;

function isMemoryLoad(code: number): boolean {
  const isLoad = classOf(code) === classicClass.load || classOf(code) === classicClass.loadX;
  return isLoad && modeOf(code) === classicMode.memory;
}
