import { parseClassicProgram } from '../../../src/bpf/classic-instruction.ts';
import { loadLibpcap } from '../../../src/bpf/libpcap.ts';
import { checkInKernel } from '../../packet/filter/check-in-kernel.ts';
import { checkRandomExpression } from '../../packet/filter/check-random-expression.ts';
import { checkProgram } from '../../packet/filter/check-random-program.ts';
import { randomProgram } from '../../packet/filter/random-program.ts';
import { repairProgram } from '../../packet/filter/repair-program.ts';
import { encodeClassicProgram } from '../../support/encode-classic-program.ts';
import { KernelFilters } from '../../support/kernel-filter.ts';
import { Random } from '../../support/random.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

export const filter: FuzzTarget = {
  name: 'filter',
  description: 'programs of classic BPF: what the conversion decides on random packets, or why it refuses',
  corpus: programs,
  tokens: [
    '\x28\x00\x00\x00\x0c\x00\x00\x00',
    '\x16\x00\x00\x00\x00\x00\x00\x00',
    '\x06\x00\x00\x00\x01\x00\x00\x00',
  ],
  mostInputBytes: 200 * 8,
  check: (input, random) => {
    const program = parseClassicProgram(input);
    return checkProgram(random.below(4) === 0 ? program : repairProgram(program), random);
  },
};

/** The input only chooses; the expressions are put together from known ones, so that no name is looked up. */
export const filterExpression: FuzzTarget = {
  name: 'filter-expression',
  description: 'expressions, compiled by libpcap: verdicts compared with its own',
  corpus: () => {
    loadLibpcap();
    return programs();
  },
  mostInputBytes: 64,
  check: (_, random) => checkRandomExpression(random),
};

let kernel: KernelFilters | undefined;

/** The input only chooses, as above. */
export const filterKernel: FuzzTarget = {
  name: 'filter-kernel',
  description: 'programs of classic BPF, decided by the kernel (needs root)',
  corpus: () => {
    if (process.getuid?.() !== 0) throw new Error('loading BPF programs needs root');
    loadLibpcap();
    return programs();
  },
  mostInputBytes: 64,
  check: (_, random) => {
    kernel ??= new KernelFilters();
    return checkInKernel(random.word(), kernel);
  },
};

function programs(): readonly Buffer[] {
  return Array.from({ length: 400 }, (_, seed) => encodeClassicProgram(randomProgram(new Random(seed))));
}
