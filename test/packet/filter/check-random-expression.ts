import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';
import { compileFilter } from '../../../src/bpf/compile-filter.ts';
import { buildEntryProgram } from '../../../src/packet/filter/build-entry-program.ts';
import { UserError } from '../../../src/util/user-error.ts';
import { LibpcapOracle } from '../../support/libpcap-oracle.ts';
import type { Random } from '../../support/random.ts';
import { runEbpf } from './ebpf-machine.ts';
import { primitives } from './expressions.ts';
import { randomTag } from './random-program.ts';
import { randomFrame, randomRawPacket } from './synthetic-packets.ts';

export type ExpressionOutcome = 'refused by libpcap' | 'refused' | 'decided';

/** Compares the verdicts of a random expression on some packets with libpcap's own. Throws where they differ. */
export function checkRandomExpression(random: Random): ExpressionOutcome {
  const linkType = random.pick(['ethernet', 'ethernet', 'raw'] as const);
  const expression = randomExpression(random, 3);
  const filter = compiled(expression, linkType);
  if (filter === undefined) return 'refused by libpcap';
  const built = buildEntryProgram({
    filter,
    linkType,
    snapLengthBytes: 262_144,
    interfaceId: 7,
    direction: 'in',
    programArrayFd: 3,
    received: { mapFd: 4, index: 0, offsetBytes: 8 },
  });
  if (built.type === 'refused') return 'refused';
  const oracle = new LibpcapOracle(filter);
  for (let round = 0; round < 4; round++) {
    const bytes = linkType === 'raw' ? randomRawPacket(random) : randomFrame(random);
    const tag = linkType === 'ethernet' && random.below(3) === 0 ? randomTag(random) : undefined;
    const linearBytes = random.below(3) === 0 ? random.below(bytes.length + 1) : bytes.length;
    const inFile =
      tag === undefined ? bytes : Buffer.concat([bytes.subarray(0, 12), tag, bytes.subarray(12)]);
    const { control } = runEbpf(built.instructions, {
      bytes,
      linearBytes,
      ...(tag === undefined ? {} : { tag }),
    });
    const expected = oracle.decide(inFile);
    if ((control?.[0] ?? 0) !== expected)
      throw new Error(
        `${expression}: libpcap says ${expected}, not ${control?.[0]}: ${inFile.toString('hex')}`,
      );
  }
  return 'decided';
}

function randomExpression(random: Random, depth: number): string {
  if (depth === 0 || random.below(3) === 0) return random.pick(primitives);
  const not = random.pick(['', '', '', 'not ']);
  const [one, other] = [randomExpression(random, depth - 1), randomExpression(random, depth - 1)];
  return `${not}(${one}) ${random.pick(['and', 'or'])} (${other})`;
}

function compiled(
  expression: string,
  linkType: 'ethernet' | 'raw',
): readonly ClassicInstruction[] | undefined {
  try {
    return compileFilter(expression, { linkType });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
