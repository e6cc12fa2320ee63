import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import { compileFilter, type FilterOptions } from '../../bpf/compile-filter.ts';
import { exitCode, UserError } from '../../util/user-error.ts';
import { findClassicProblem } from './find-classic-problem.ts';

/**
 * Compiles a tcpdump expression to what `buildEntryProgram` takes. Throws {@link UserError}: without libpcap, where
 * libpcap refuses the expression, and where what it made cannot be decided in the kernel. To be called before anything
 * is attached: libpcap resolves the host names in it, which may take seconds.
 */
export function compilePacketFilter(
  expression: string,
  options: FilterOptions,
): readonly ClassicInstruction[] {
  const filter = compileFilter(expression, options);
  const problem = findClassicProblem(filter);
  if (problem === undefined) return filter;
  throw new UserError({
    message: `cannot decide the packet filter "${expression}" in the kernel`,
    reason: `in the program that libpcap made of it, ${problem}`,
    remedy: 'write the expression without that, or filter the file afterwards: tcpdump -r FILE EXPRESSION',
    exitCode: exitCode.usage,
  });
}
