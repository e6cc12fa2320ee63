import type { SiteRole } from '../../plan/probe-plan.ts';
import { succeeded, type Attempt } from './attempt.ts';
import { planAtEntry } from './entry-site.ts';
import type { GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { tlsFunctions } from './function-names.ts';
import { planReadCall } from './read-call.ts';
import { planReadJoin } from './read-join.ts';
import { planReadReturn } from './read-return.ts';
import { planAtStackCheck } from './stack-check-site.ts';
import { strategiesFor } from './strategies.ts';
import { planWrite } from './write-site.ts';

/** Tries a role's strategies in order until one succeeds; that one is last. */
export function planRole(
  program: GoProgram,
  code: GoCode,
  role: SiteRole,
  tlsPackage: string,
  wanted: readonly string[] | undefined,
): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const attempt of attemptsFor(program, code, role, tlsPackage, strategiesFor(role, wanted))) {
    attempts.push(attempt);
    if (succeeded(attempt)) break;
  }
  return attempts;
}

function* attemptsFor(
  program: GoProgram,
  code: GoCode,
  role: SiteRole,
  tlsPackage: string,
  strategies: readonly string[],
): Generator<Attempt> {
  if (role === 'read') {
    yield* readAttempts(program, code, tlsPackage, strategies);
    return;
  }
  for (const strategy of strategies) {
    if (role === 'write') yield planWrite(program, code, strategy);
    else {
      const parts = sitePartsOf(program, role, tlsPackage);
      yield strategy === 'entry' ? planAtEntry(program, code, parts) : planAtStackCheck(program, code, parts);
    }
  }
}

/** The calls are one attempt: which of them a program has shows only when all are looked for. */
function* readAttempts(
  program: GoProgram,
  code: GoCode,
  tlsPackage: string,
  strategies: readonly string[],
): Generator<Attempt> {
  const calls = strategies.filter((strategy) => strategy.startsWith('call-'));
  if (calls.length > 0) yield planReadCall(program, code, tlsPackage, calls);
  for (const strategy of strategies) {
    if (strategy === 'ret-spill') yield planReadReturn(program, code);
    if (strategy === 'jump-ret-join' || strategy === 'entry-ret-join')
      yield planReadJoin(program, code, strategy);
  }
}

function sitePartsOf(
  program: GoProgram,
  role: 'secrets' | 'close' | 'socket',
  tlsPackage: string,
): { readonly role: SiteRole; readonly kind: string; readonly flags: readonly string[] } {
  if (role === 'close') return { role, kind: 'go-close', flags: [] };
  if (role === 'socket') return { role, kind: 'go-socket-write', flags: [] };
  // writeKeyLog got its label in the version that brought TLS 1.3, and with it this function.
  const withLabel = program.functions.named(tlsPackage + tlsFunctions.readRecordOrCcs).length > 0;
  return { role, kind: 'go-secret', flags: withLabel ? ['with-label'] : [] };
}
