import type { MissingRole, ProbeSite } from '../../plan/probe-plan.ts';
import { succeeded } from './attempt.ts';
import { netWriteName } from './function-names.ts';
import { findGoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { planRole } from './plan-role.ts';
import { describeFailure } from './refuse-sites.ts';

/** What is said of the site: everything the program sends passes it. */
const note = 'attached only while the socket of a connection is looked for';

/**
 * Where a program writes to its sockets, whichever TLS package or none it comes from. Optional: without it a connection
 * whose `net.Conn` is of an unknown type stays without addresses.
 */
export function planSocket(program: GoProgram): {
  readonly sites: readonly ProbeSite[];
  readonly missing: readonly MissingRole[];
} {
  const code = findGoCode(program.elf, program.functions, netWriteName);
  if (code === undefined) return missing(`${netWriteName} is not in the program`);
  const attempts = planRole(program, code, 'socket', '', undefined);
  const last = attempts.at(-1);
  if (last === undefined || !succeeded(last)) return missing(attempts.map(describeFailure).join('; '));
  return { sites: last.sites.map((site) => Object.assign({}, site, { note })), missing: [] };
}

function missing(reason: string): ReturnType<typeof planSocket> {
  return { sites: [], missing: [{ role: 'socket', reason }] };
}
