import type { Paint } from '../util/paint.ts';
import { createPaint } from '../util/paint.ts';
import { listPlanChecks } from './list-plan-checks.ts';
import type { Check, ProbePlan, ProbeSite } from './probe-plan.ts';

export interface FormatPlanOptions {
  /** Every check, strategy and profile field as well. */
  readonly verbose?: boolean;
  readonly paint?: Paint;
}

/** What `tlstap inspect` prints: what would be probed, where, and why it may be. Ends with a line feed. */
export function formatPlan(plan: ProbePlan, options: FormatPlanOptions = {}): string {
  const { verbose = false, paint = createPaint(false) } = options;
  const lines = [
    formatHeading(plan, paint),
    ...formatFacts(plan, paint),
    ...formatSites(plan, paint),
    ...formatMissing(plan, paint),
    ...formatChecks(plan, verbose, paint),
    ...(verbose ? formatProfile(plan, paint) : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Width of the first column: the longest role or name of a fact, and two spaces. */
const labelWidth = 13;

function formatHeading(plan: ProbePlan, paint: Paint): string {
  const kind = [plan.architecture, plan.positionIndependent ? 'PIE' : '']
    .filter((part) => part !== '')
    .join(' ');
  const parts = [
    plan.stripped ? `${kind}, stripped` : kind,
    plan.toolchain ?? 'unknown version',
    plan.convention,
    ...(plan.buildId === null ? [] : [`build-id ${plan.buildId}`]),
  ];
  return `${paint.bold(plan.path)}   ${parts.join('   ')}`;
}

function formatFacts(plan: ProbePlan, paint: Paint): readonly string[] {
  return plan.facts.map(({ name, value, how }) => row(name, `${value}   ${paint.dim(how)}`));
}

/** One line a site; what is the same as in the line before is left out. */
function formatSites(plan: ProbePlan, paint: Paint): readonly string[] {
  const widths = {
    name: longest(plan.sites.map((site) => site.function)),
    address: longest(plan.sites.map((site) => hex(site.functionAddress))),
    offset: longest(plan.sites.map((site) => `+${site.offset}`)),
    instruction: longest(plan.sites.map((site) => site.instruction)),
    file: longest(plan.sites.map((site) => hex(site.fileOffset))),
  };
  return plan.sites.map((site, index) => {
    const before = plan.sites[index - 1];
    const same = before?.role === site.role && before.function === site.function;
    const columns = [
      (same ? '' : site.function).padEnd(widths.name),
      (same ? '' : hex(site.functionAddress)).padEnd(widths.address),
      `${`+${site.offset}`.padEnd(widths.offset)} ${site.instruction.padEnd(widths.instruction)}`,
      `file ${hex(site.fileOffset).padEnd(widths.file)}`,
      paint.dim(formatNote(site, same ? before : undefined)),
    ];
    return row(same ? '' : site.role, columns.join('   ').trimEnd());
  });
}

function formatNote(site: ProbeSite, before: ProbeSite | undefined): string {
  const stepped = site.emulated ? '' : 'single-stepped';
  const note = before?.note === site.note ? '' : site.note;
  return [note, stepped].filter((part) => part !== '').join('; ');
}

function formatMissing(plan: ProbePlan, paint: Paint): readonly string[] {
  return plan.missing.map(({ role, reason }) => row(role, `${paint.yellow('none')}   ${reason}`));
}

function formatChecks(plan: ProbePlan, verbose: boolean, paint: Paint): readonly string[] {
  const groups = listPlanChecks(plan);
  const checks = groups.flatMap((group) => group.checks);
  const passed = checks.filter((check) => check.passed).length;
  const hint = passed === checks.length || verbose ? '' : '   the others: inspect -v';
  const summary = row('checks', `${passed} of ${checks.length} passed${hint}`);
  if (!verbose) return [summary];
  const details = groups.flatMap(({ title, checks: ofGroup }) => {
    const width = longest(ofGroup.map(({ name }) => name));
    return [`    ${title}`].concat(ofGroup.map((check) => formatCheck(check, width, paint)));
  });
  return [summary, ...details];
}

function formatCheck({ name, passed, detail }: Check, nameWidth: number, paint: Paint): string {
  const verdict = passed ? paint.green('ok    ') : paint.red('failed');
  return `      ${verdict}  ${name.padEnd(nameWidth)}   ${paint.dim(detail)}`;
}

function formatProfile(plan: ProbePlan, paint: Paint): readonly string[] {
  const fields = Object.entries(plan.profile).map(([name, value]) => `${name} ${hex(value)}`);
  return [row('profile', paint.dim(fields.join(', ')))];
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(labelWidth)}${text}`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
