import type { SiteRole } from '../../plan/probe-plan.ts';

/** Ways to find the sites of each role, in the order in which they are tried. */
export const goStrategies: Readonly<Record<SiteRole, readonly string[]>> = {
  write: ['stack-check-jump', 'push-after-check', 'entry'],
  read: ['call-memmove', 'call-reader', 'call-slicecopy', 'ret-spill', 'jump-ret-join', 'entry-ret-join'],
  secrets: ['stack-check-jump', 'entry'],
  close: ['stack-check-jump', 'entry'],
  socket: ['stack-check-jump', 'entry'],
};

/** The strategies of a role that `wanted` names; all of them where it names none of that role. */
export function strategiesFor(role: SiteRole, wanted: readonly string[] | undefined): readonly string[] {
  const all = goStrategies[role];
  const named = all.filter((strategy) => wanted?.includes(strategy));
  return named.length > 0 ? named : all;
}
