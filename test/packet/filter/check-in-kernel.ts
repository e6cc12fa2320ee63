import { close } from '../../../src/bpf/libc.ts';
import { SystemError } from '../../../src/bpf/system-error.ts';
import type { KernelFilters } from '../../support/kernel-filter.ts';
import { LibpcapOracle } from '../../support/libpcap-oracle.ts';
import { Random } from '../../support/random.ts';
import { interpretClassic } from './interpret-classic.ts';
import { randomPacket, randomProgram, randomTag } from './random-program.ts';

export type KernelOutcome = 'refused' | 'refused by the kernel' | 'decided';

/**
 * Loads the random program of a seed into the kernel and compares its verdicts with what it means, and with libpcap's.
 * Throws where they differ, and where the kernel refuses without a reason.
 */
export function checkInKernel(seed: number, kernel: KernelFilters): KernelOutcome {
  const random = new Random(seed);
  const program = randomProgram(random);
  const fd = load(program, kernel);
  if (typeof fd !== 'number') return fd.outcome;
  const oracle = new LibpcapOracle(program);
  kernel.selectCalled(fd);
  for (let round = 0; round < 4; round++) {
    const packet = kernelPacket(random);
    const tag = round === 3 ? randomTag(random) : undefined;
    const inFile =
      tag === undefined ? packet : Buffer.concat([packet.subarray(0, 12), tag, packet.subarray(12)]);
    const expected = interpretClassic(program, inFile);
    const actual = tag === undefined ? kernel.decide(fd, packet) : kernel.decideTagged(packet, tag);
    const verdicts = [expected === 0 ? noMatch : expected, actual];
    const libpcap = oracle.decide(inFile);
    if (verdicts[0] !== verdicts[1] || libpcap !== expected) {
      throw new Error(
        `seed ${seed}: wanted ${verdicts.join(', got ')}, libpcap ${libpcap} for ${inFile.toString('hex')}: ${JSON.stringify(program)}`,
      );
    }
  }
  close(fd);
  return 'decided';
}

const noMatch = 0xffff_ffff;

function load(
  program: ReturnType<typeof randomProgram>,
  kernel: KernelFilters,
): number | { readonly outcome: KernelOutcome } {
  try {
    const loaded = kernel.load(program);
    return 'fd' in loaded ? loaded.fd : { outcome: 'refused' };
  } catch (error) {
    if (!(error instanceof SystemError) || error.log === '') throw error;
    return { outcome: 'refused by the kernel' };
  }
}

/** One that a test run takes: not shorter than an Ethernet header, and not cut in an IP header. */
function kernelPacket(random: Random): Buffer {
  const packet = randomPacket(random);
  const long = packet.length >= 14 ? packet : Buffer.concat([packet, Buffer.alloc(14 - packet.length)]);
  if (long.readUInt16BE(12) === 0x800 || long.readUInt16BE(12) === 0x86dd) long.writeUInt16BE(0x88b5, 12);
  return long;
}
