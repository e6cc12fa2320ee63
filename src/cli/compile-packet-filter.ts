import type { ClassicInstruction } from '../bpf/classic-instruction.ts';
import { compileFilter } from '../bpf/compile-filter.ts';
import type { LinkType } from '../event/event.ts';
import { findClassicProblem } from '../packet/filter/find-classic-problem.ts';
import { exitCode, UserError } from '../util/user-error.ts';

/** Compiles a tcpdump expression for a link type, once each. Throws {@link UserError} with libpcap's words. */
export function createFilterCompiler(
  expression: string,
): (linkType: LinkType) => readonly ClassicInstruction[] | null {
  const compiled = new Map<LinkType, readonly ClassicInstruction[]>();
  return (linkType) => {
    if (expression === '') return null;
    const known = compiled.get(linkType);
    if (known !== undefined) return known;
    const program = compileFilter(expression, { linkType });
    const problem = findClassicProblem(program);
    if (problem !== undefined) throw refused(expression, problem);
    compiled.set(linkType, program);
    return program;
  };
}

function refused(expression: string, reason: string): UserError {
  return new UserError({
    message: `the packet filter "${expression}" cannot run in the kernel`,
    reason,
    remedy: 'capture more, and filter when you read the file: tcpdump -r FILE EXPRESSION',
    exitCode: exitCode.usage,
  });
}
