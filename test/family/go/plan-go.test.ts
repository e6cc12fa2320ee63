import { beforeAll, expect, test } from 'vitest';
import { openFileSource } from '../../../src/binary/file-source.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import { formatPlan } from '../../../src/plan/format-plan.ts';
import type { PlanResult, ProbePlan, SiteRole } from '../../../src/plan/probe-plan.ts';
import { arm64Program } from '../../support/arm64-program.ts';
import { goBuilds } from '../../support/go-builds.ts';
import { provideGoProgram } from '../../support/go-program.ts';
import { needProvided } from '../../support/need-provided.ts';
import type { Provided } from '../../support/provided.ts';
import { esbuildReleases, provideRealProgram, type RealProgram } from '../../support/real-program.ts';

interface ExpectedPlan {
  readonly name: string;
  readonly provide: () => Promise<Provided<string>>;
  readonly toolchain: RegExp;
  readonly convention: string;
  readonly readStrategy: string;
  readonly readFlags?: readonly string[];
  readonly positionIndependent?: boolean;
  readonly stripped?: boolean;
  /** Whether it can be asked which goroutine returns: only with arguments in registers. */
  readonly joins: boolean;
  readonly push: boolean;
}

const register = { convention: 'register ABI', joins: true, push: true };
const programs: readonly ExpectedPlan[] = [
  ...esbuildReleases.map((release) => esbuild(release, { push: !/^1\.(?:19|20)\./.test(release.go) })),
  { ...esbuild(arm64Program, { push: false }), name: 'esbuild for arm64' },
  own('machine', { ...register, toolchain: /^Go 1\./, readStrategy: 'call-memmove', stripped: false }),
  own('noInlining', { ...register, toolchain: /^Go 1\./, readStrategy: 'call-reader' }),
  own('race', { ...register, toolchain: /^Go 1\./, readStrategy: 'call-slicecopy' }),
  own('strippedPie127', {
    ...register,
    toolchain: /^Go 1\.27\.4/,
    readStrategy: 'call-memmove',
    positionIndependent: true,
    stripped: true,
  }),
  own('stackAbi116', {
    toolchain: /^Go 1\.16\.15/,
    convention: 'stack ABI',
    readStrategy: 'call-memmove',
    joins: false,
    push: false,
  }),
];

// What has to be compiled or downloaded first takes its time once.
const paths = new Map<string, Provided<string>>();
beforeAll(async () => {
  for (const { name, provide } of programs) paths.set(name, await provide());
}, 600_000);

test.for(programs)('$name: the first strategy of every role', (expected, context) => {
  const plan = planOf(planAt(needPath(expected, context)));
  expect(plan.toolchain).toMatch(expected.toolchain);
  expect(plan.convention).toBe(expected.convention);
  if (expected.positionIndependent !== undefined)
    expect(plan.positionIndependent).toBe(expected.positionIndependent);
  if (expected.stripped !== undefined) expect(plan.stripped).toBe(expected.stripped);
  expect(plan.missing).toEqual([]);
  expect(plan.checks).toEqual([]);
  expect(strategies(plan)).toEqual({
    write: ['stack-check-jump'],
    read: [expected.readStrategy],
    secrets: ['stack-check-jump'],
    close: ['stack-check-jump'],
    socket: ['stack-check-jump'],
  });
  for (const site of plan.sites) {
    expect(site.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(site.emulated).toBe(true);
    expect(site.address).toBe(site.functionAddress + site.offset);
    if (site.role === 'read') expect(site.receiverOffset).toBeGreaterThan(64);
    else expect(site.flags).toContain('at-stack-check');
  }
  const { profile } = plan;
  expect(profile).toMatchObject({ register_abi: expected.joins ? 1 : 0, family_offset: 56 });
  expect(profile['tcp_read']).toBeGreaterThan(profile['segments_low'] ?? 0);
  expect(profile['unix_read']).toBeLessThan(profile['segments_high'] ?? 0);
});

test.for(programs)('$name: every fallback', (expected, context) => {
  const path = needPath(expected, context);
  const spill = planOf(planAt(path, 'ret-spill'));
  const returns = spill.sites.filter(({ role }) => role === 'read');
  expect(returns.length).toBeGreaterThan(5);
  for (const site of returns)
    expect(site).toMatchObject({ kind: 'go-read-return', receiverOffset: 8, instruction: 'ret' });

  for (const strategy of ['jump-ret-join', 'entry-ret-join']) {
    const joined = planAt(path, strategy);
    if (!expected.joins) {
      expect(joined).toMatchObject({ ok: false, refusal: { code: 'site-refused' } });
      continue;
    }
    const [enter, ...leave] = planOf(joined).sites.filter(({ role }) => role === 'read');
    const atJump = strategy === 'jump-ret-join';
    expect(enter).toMatchObject({ kind: 'go-read-enter', flags: atJump ? ['at-stack-check'] : [] });
    expect(enter?.offset === 0).toBe(!atJump);
    expect(leave.map(({ offset }) => offset)).toEqual(returns.map(({ offset }) => offset));
    expect(new Set(leave.map(({ kind }) => kind))).toEqual(new Set(['go-read-return-join']));
  }

  const pushed = planAt(path, 'push-after-check');
  // The push follows the check directly since Go 1.21; the machine's own Go may be older.
  if (expected.push && minorRelease(spill) >= 21) {
    const [site] = planOf(pushed).sites;
    expect(site).toMatchObject({
      role: 'write',
      instruction: 'push',
      bytes: '55',
      emulated: true,
      flags: [],
    });
  } else {
    expect(pushed).toMatchObject({ ok: false, refusal: { code: 'site-refused' } });
  }
});

test.for(programs)('$name: function entries', (expected, context) => {
  const path = needPath(expected, context);
  if (!expected.joins) {
    const refused = planAt(path, 'entry');
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'site-refused' } });
    return;
  }
  const plan = planOf(planAt(path, 'entry'));
  const entries = plan.sites.filter(({ instruction }) => instruction === 'entry');
  expect(entries.map(({ role, kind, flags }) => ({ role, kind, flags }))).toEqual([
    { role: 'write', kind: 'go-write', flags: ['at-entry'] },
    { role: 'secrets', kind: 'go-secret', flags: ['with-label'] },
    { role: 'close', kind: 'go-close', flags: [] },
  ]);
  expect(entries.every(({ offset }) => offset === 0)).toBe(true);
  expect(plan.sites.filter(({ kind }) => kind === 'go-write-return').length).toBeGreaterThan(2);
});

test('the plan of a pinned program, as inspect shows it', async (context) => {
  const release = esbuildReleases.at(-1) ?? expect.unreachable('no release');
  const path = needProvided(context, await provideRealProgram(release));
  const plan = planOf(planAt(path));
  const text = formatPlan({ ...plan, path: 'esbuild' }, { verbose: true });
  await expect(text).toMatchFileSnapshot(`golden/esbuild-${release.version}.txt`);
});

function esbuild(release: RealProgram, more: { readonly push: boolean }): ExpectedPlan {
  return {
    ...register,
    name: `esbuild ${release.version}`,
    provide: () => provideRealProgram(release),
    toolchain: new RegExp(`^Go ${release.go.replaceAll('.', String.raw`\.`)}$`),
    readStrategy: 'call-memmove',
    stripped: true,
    ...more,
  };
}

function own(build: keyof typeof goBuilds, expected: Omit<ExpectedPlan, 'name' | 'provide'>): ExpectedPlan {
  return { name: build, provide: () => provideGoProgram(goBuilds[build]), ...expected };
}

function needPath({ name }: ExpectedPlan, context: Parameters<typeof needProvided>[0]): string {
  return needProvided(context, paths.get(name) ?? expect.unreachable(name));
}

function planAt(path: string, strategy?: string): PlanResult {
  const opened = openFileSource(path);
  if (!opened.ok) throw new Error(opened.problem.detail);
  using source = opened.source;
  return planGo(source, path, strategy === undefined ? {} : { strategies: [strategy] });
}

/** 26 of `Go 1.26.5`. */
function minorRelease(plan: ProbePlan): number {
  return Number(/^Go 1\.(\d+)/.exec(plan.toolchain ?? '')?.[1]);
}

function planOf(result: PlanResult): ProbePlan {
  return result.ok ? result.plan : expect.unreachable(`${result.refusal.code}: ${result.refusal.reason}`);
}

function strategies(plan: ProbePlan): Partial<Record<SiteRole, readonly string[]>> {
  const byRole: Partial<Record<SiteRole, string[]>> = {};
  for (const { role, strategy } of plan.sites) (byRole[role] ??= []).push(strategy);
  return byRole;
}
