import { parseElf, type Elf } from '../../binary/elf.ts';
import type { ByteSource } from '../../binary/byte-source.ts';
import { findGoTable, type GoTable } from '../../binary/go/go-table.ts';
import type { Check, MissingRole, PlanResult, ProbeSite, Refusal, SiteRole } from '../../plan/probe-plan.ts';
import { succeeded, type Attempt } from './attempt.ts';
import { describeProgram } from './describe-program.ts';
import { indexFunctions, type FunctionIndex } from './function-index.ts';
import { tlsFunctions } from './function-names.ts';
import { findGoCode, type GoCode } from './go-code.ts';
import type { GoProgram } from './go-program.ts';
import { planRole } from './plan-role.ts';
import { planSocket } from './plan-socket.ts';
import { planWrappers } from './plan-wrappers.ts';
import { goProfile } from './profile.ts';
import { refuseElf } from './refuse-elf.ts';
import { refuseWithoutTable, refuseWithoutTls } from './refuse-program.ts';
import { describeFailure, refuseAttempts, refuseMissingFunctions } from './refuse-sites.ts';

export interface PlanGoOptions {
  /** Names of strategies ({@link goStrategies}); a role that none of them belongs to keeps all of its own. */
  readonly strategies?: readonly string[];
  /** Roles without which the program is refused; default: what text needs. */
  readonly essential?: readonly SiteRole[];
}

/**
 * Plans the probes for a Go program: where crypto/tls (and forks of it) hands over plaintext, secrets and the end of
 * a connection. `path` is for display. Any bytes give a plan or a refusal.
 */
export function planGo(source: ByteSource, path: string, options: PlanGoOptions = {}): PlanResult {
  const parsed = parseElf(source);
  if (!parsed.ok) return { ok: false, refusal: refuseElf(parsed.problem) };
  const { elf } = parsed;
  const found = findGoTable(elf);
  if (!found.ok) return { ok: false, refusal: refuseWithoutTable(elf, found.problem) };
  const functions = indexFunctions(found.table);
  if (functions.tlsPackages.length === 0) return { ok: false, refusal: refuseWithoutTls(elf) };
  return planPackages(elf, found.table, functions, path, options);
}

/** More forks than this in one program are none. */
const maximumPackages = 8;

function planPackages(
  elf: Elf,
  table: GoTable,
  functions: FunctionIndex,
  path: string,
  options: PlanGoOptions,
): PlanResult {
  const packages = functions.tlsPackages
    .slice(0, maximumPackages)
    .map((tlsPackage) => ({ tlsPackage, codes: findCodes(elf, functions, tlsPackage) }));
  const convention = findConvention(packages.flatMap(({ codes }) => [...codes.values()]));
  const program: GoProgram = { elf, table, functions, convention: convention ?? 'register' };
  const plans = packages.map(({ tlsPackage, codes }) =>
    // Without code there is nothing that shows a convention, and other words for it.
    convention === undefined && codes.size > 0
      ? refusePackage(refuseConvention(codes))
      : planPackage(program, tlsPackage, codes, options),
  );
  const [main] = plans;
  const usable = plans.filter(({ refusal }) => refusal === undefined);
  if (usable.length === 0) return { ok: false, refusal: main?.refusal ?? refuseMissingFunctions([]) };
  const socket = planSocket(program);
  return {
    ok: true,
    plan: {
      ...describeProgram(program, path),
      profile: goProfile(program),
      sites: [...usable, socket].flatMap(({ sites }) => sites),
      missing: [...plans, socket].flatMap(({ missing }) => missing),
      checks: plans.flatMap(({ checks }) => checks),
    },
  };
}

interface PackagePlan {
  readonly refusal: Refusal | undefined;
  readonly sites: readonly ProbeSite[];
  readonly missing: readonly MissingRole[];
  readonly checks: readonly Check[];
}

type PackageRole = Exclude<SiteRole, 'socket'>;
type Codes = ReadonlyMap<PackageRole, GoCode>;

const textRoles: readonly PackageRole[] = ['write', 'read'];
const roles: readonly PackageRole[] = ['write', 'read', 'secrets', 'close'];

function findCodes(elf: Elf, functions: FunctionIndex, tlsPackage: string): Codes {
  const codes = new Map<PackageRole, GoCode>();
  for (const role of roles) {
    const names =
      role === 'secrets' ? [tlsFunctions.secrets, tlsFunctions.forkSecrets] : [tlsFunctions[role]];
    const code = names
      .map((name) => findGoCode(elf, functions, tlsPackage + name))
      .find((candidate) => candidate !== undefined);
    if (code !== undefined) codes.set(role, code);
  }
  return codes;
}

/** All of a program's functions follow one convention; every stack check shows it. */
function findConvention(codes: readonly GoCode[]): GoProgram['convention'] | undefined {
  const shown = codes.flatMap(({ stackCheck }) => (stackCheck.found ? [stackCheck.convention] : []));
  const [first] = shown;
  return shown.every((convention) => convention === first) ? first : undefined;
}

function planPackage(
  program: GoProgram,
  tlsPackage: string,
  codes: Codes,
  options: PlanGoOptions,
): PackagePlan {
  const { strategies, essential = textRoles } = options;
  const absent = essential.filter((role): role is PackageRole => role !== 'socket' && !codes.has(role));
  if (absent.length > 0) {
    const names = absent.map((role) => tlsPackage + tlsFunctions[role]);
    return refusePackage(refuseMissingFunctions(names));
  }
  const sites: ProbeSite[] = [];
  const missing: MissingRole[] = [];
  const checks: Check[] = [];
  for (const role of roles) {
    const code = codes.get(role);
    if (code === undefined) {
      missing.push({ role, reason: `${tlsPackage}${tlsFunctions[role]} is not in the program` });
      continue;
    }
    const attempts = planRole(program, code, role, tlsPackage, strategies);
    const last = attempts.at(-1);
    if (last !== undefined && succeeded(last)) {
      sites.push(...last.sites);
      checks.push(...attempts.slice(0, -1).flatMap(failedChecks));
      if (role === 'read') {
        const wrappers = planWrappers(program, tlsPackage, strategies);
        sites.push(...wrappers.sites);
        missing.push(...wrappers.missing);
      }
    } else if (essential.includes(role)) {
      return refusePackage(refuseAttempts(code.function.name, attempts));
    } else {
      missing.push({ role, reason: attempts.map(describeFailure).join('; ') });
    }
  }
  return { refusal: undefined, sites, missing, checks };
}

/** What kept a strategy from being used, for those who ask why another one was. */
function failedChecks(attempt: Attempt): readonly Check[] {
  return attempt.checks
    .filter(({ passed }) => !passed)
    .map(({ name, passed, detail }) => ({
      name: `${attempt.role} by ${attempt.strategy}: ${name}`,
      passed,
      detail,
    }));
}

function refuseConvention(codes: Codes): Refusal {
  const shown = [...codes.values()].map(({ function: { name }, stackCheck }) =>
    stackCheck.found ? `${name}: ${stackCheck.convention} ABI` : `${name}: ${stackCheck.reason}`,
  );
  return {
    code: 'site-refused',
    message: 'how its functions take arguments cannot be told',
    reason: shown.join('; '),
    remedy: 'nothing was attached; please report this program, with this message',
  };
}

/** What is said of a package that cannot be probed where another one of the program can. */
function refusePackage(refusal: Refusal): PackagePlan {
  const reason = `${refusal.message}: ${refusal.reason}`;
  const missing: readonly MissingRole[] = [
    { role: 'write', reason },
    { role: 'read', reason },
  ];
  return { refusal, sites: [], missing, checks: [] };
}
