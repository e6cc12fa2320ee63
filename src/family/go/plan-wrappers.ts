import { noRegister, type Instruction } from '../../binary/code/instruction.ts';
import type { Check, MissingRole, ProbeSite } from '../../plan/probe-plan.ts';
import { findArgumentSlot } from './argument-slot.ts';
import { succeeded } from './attempt.ts';
import { findBody, type Body } from './body.ts';
import { tlsFunctions } from './function-names.ts';
import { findGoCode, type GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { planRole } from './plan-role.ts';
import { describeFailure } from './refuse-sites.ts';

/**
 * Sites for the types of a fork that embed a `*Conn` and bring a `Read` of their own, such as `UConn` of utls: a copy of
 * `(*Conn).Read`, whose receiver leads to the connection. What cannot be probed is said.
 */
export function planWrappers(
  program: GoProgram,
  tlsPackage: string,
  strategies: readonly string[] | undefined,
): { readonly sites: readonly ProbeSite[]; readonly missing: readonly MissingRole[] } {
  const sites: ProbeSite[] = [];
  const missing: MissingRole[] = [];
  for (const code of findReads(program, tlsPackage)) {
    const attempts = planRole(program, code, 'read', tlsPackage, strategies);
    const last = attempts.at(-1);
    const pointer = checkPointer(program, code);
    if (last !== undefined && succeeded(last) && pointer.passed)
      sites.push(...last.sites.map((site) => inWrapper(site, pointer)));
    else {
      const reason = pointer.passed ? attempts.map(describeFailure).join('; ') : pointer.detail;
      missing.push({ role: 'read', reason: `${code.function.name}: ${reason}` });
    }
  }
  return { sites, missing };
}

/** Many types have a method `Read`; these read records of a connection in it. */
function findReads(program: GoProgram, tlsPackage: string): readonly GoCode[] {
  const { functions, elf } = program;
  const readRecord = new Set(
    [tlsFunctions.readRecordOrCcs, tlsFunctions.readRecord].map((name) => tlsPackage + name),
  );
  return functions.forkReads
    .filter((name) => name.startsWith(`${tlsPackage}.(*`))
    .flatMap((name) => findGoCode(elf, functions, name) ?? [])
    .filter(({ listing, function: { address } }) =>
      listing.instructions.some(
        ({ flow, target }) =>
          flow === 'call' && target !== undefined && readRecord.has(functions.nameAt(address + target) ?? ''),
      ),
    );
}

/** Whether all that the function takes from its receiver is the pointer at its beginning. */
function checkPointer(program: GoProgram, code: GoCode): Check {
  const name = 'pointer to the connection';
  const body = findBody(program, code);
  const slot = body === undefined ? undefined : findArgumentSlot(program.elf.architecture, body, 0);
  const taken = slot === undefined || body === undefined ? [] : findOffsets(body, slot.loads);
  const passed = taken.length > 0 && taken.every((offset) => offset === 0);
  if (passed) return { name, passed, detail: `first in the receiver, taken in ${taken.length} places` };
  const others = [...new Set(taken)].filter((offset) => offset !== 0).slice(0, 4);
  return {
    name,
    passed,
    detail:
      others.length === 0
        ? 'where its receiver has the connection does not show'
        : `its receiver may have the connection elsewhere than first (it takes what is at ${others.join(', ')})`,
  };
}

/** Offsets of the words that are loaded from the receiver right after it came from its slot. */
function findOffsets(body: Body, loads: readonly Instruction[]): readonly number[] {
  return loads.flatMap((load) => {
    const register = load.memory?.register ?? noRegister;
    if (register === noRegister) return [];
    // Unoptimised code touches a byte first, to find a nil pointer.
    const words = followers(body, load).flatMap(({ memory }) =>
      memory?.access === 'load' && memory.register !== noRegister ? [memory] : [],
    );
    const first = words.find((word) => word.base === register || word.register === register);
    return first?.base === register ? [first.displacement] : [];
  });
}

/** The next instructions that are executed for sure, up to three. */
function followers(body: Body, from: Instruction): readonly Instruction[] {
  const found: Instruction[] = [];
  let current = from;
  while (found.length < 3) {
    const [next, ...others] = body.flow(current);
    if (next === undefined || others.length > 0 || current.flow !== 'next') break;
    found.push(next);
    current = next;
  }
  return found;
}

function inWrapper(site: ProbeSite, pointer: Check): ProbeSite {
  return {
    ...site,
    flags: [...site.flags, 'in-wrapper'],
    checks: [...site.checks, pointer],
    note:
      site.kind === 'go-read-return-join'
        ? site.note
        : `${site.note}, which begins with the connection's address`,
  };
}
