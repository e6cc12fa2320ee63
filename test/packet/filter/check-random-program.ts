import { buildEntryProgram } from '../../../src/packet/filter/build-entry-program.ts';
import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';
import { Random } from '../../support/random.ts';
import { machineInterface, runEbpf } from './ebpf-machine.ts';
import { interpretClassic } from './interpret-classic.ts';
import { randomPacket, randomProgram, randomTag } from './random-program.ts';

export type Outcome = 'refused' | 'decided';

/**
 * Converts the random program of a seed and compares what the conversion decides, on some packets, with what the
 * program means. Throws where they differ.
 */
export function checkRandomProgram(seed: number): Outcome {
  const random = new Random(seed);
  return checkProgram(randomProgram(random), random);
}

export function checkProgram(program: readonly ClassicInstruction[], random: Random): Outcome {
  const linkType = random.pick(['ethernet', 'ethernet', 'raw'] as const);
  const built = buildEntryProgram({
    filter: program,
    linkType,
    snapLengthBytes: 0xffff_ffff,
    interfaceId: 7,
    direction: 'out',
    programArrayFd: 3,
    received: { mapFd: 4, index: 0, offsetBytes: 8 },
  });
  if (built.type === 'refused') return 'refused';
  for (let round = 0; round < 3; round++) {
    const bytes = randomPacket(random);
    const linearBytes = random.below(3) === 0 ? random.below(bytes.length + 1) : bytes.length;
    const hasTag = linkType === 'ethernet' && bytes.length >= 14 && random.below(2) === 0;
    const tag = hasTag ? randomTag(random) : undefined;
    const inFile =
      tag === undefined ? bytes : Buffer.concat([bytes.subarray(0, 12), tag, bytes.subarray(12)]);
    const expected = interpretClassic(program, inFile, extensions);
    const result = runEbpf(built.instructions, { bytes, linearBytes, ...(tag === undefined ? {} : { tag }) });
    const isRight =
      (expected === 0 ? result.control === undefined : result.control?.join() === `${expected},7,1`) &&
      result.returned === 0xffff_ffff &&
      result.counted === 1;
    if (!isRight) {
      throw new Error(
        `expected ${expected}, got ${JSON.stringify(result)} for ${inFile.toString('hex')}, tag ${tag?.toString('hex')}, linear ${linearBytes}: ${JSON.stringify(program)}`,
      );
    }
  }
  return 'decided';
}

/** SKF_AD_PKTTYPE of a packet that leaves (PACKET_OUTGOING), and SKF_AD_IFINDEX. */
const extensions: ReadonlyMap<number, number> = new Map([
  [0xffff_f004, 4],
  [0xffff_f008, machineInterface],
]);
