import { escapeLine } from '../util/escape-text.ts';
import { formatPlural } from '../util/format-plural.ts';
import type { TextStyle } from './text-style.ts';

export interface StartBanner {
  /** As in `tlstap 0.1`. */
  readonly version: string;
  readonly targets: readonly BannerTarget[];
  /** Processes that run a target now. */
  readonly processes: readonly { readonly comm: string; readonly pid: number }[];
  /** Some processes could not be looked at. */
  readonly mayBeMore: boolean;
  /** Whether processes that start later are captured too. */
  readonly includesNewProcesses: boolean;
  /** More lines, for `-v`: kernel features, attach method, ring size, times. */
  readonly details: readonly string[];
}

export interface BannerTarget {
  readonly family: string;
  readonly path: string;
  /** What is said of the file in parentheses: `Go 1.26.5`, `stripped PIE`. */
  readonly traits: readonly string[];
  readonly sites: readonly BannerSite[];
  readonly missing: readonly { readonly role: string; readonly reason: string }[];
}

export interface BannerSite {
  readonly role: string;
  readonly function: string;
  readonly offset: number;
  readonly instruction: string;
  readonly emulated: boolean;
}

/** What is said once everything is attached: what is captured, where, from whom, and how it ends. */
export function formatStartBanner(banner: StartBanner, style: TextStyle): string {
  const title = `tlstap ${banner.version}`;
  const lines = banner.targets.flatMap((target, index) => [
    `${index === 0 ? style.paint.bold(title) : ' '.repeat(title.length)}  ${formatFile(target, style)}`,
    ...formatSites(target, style),
  ]);
  // With --follow files turn up as they are run.
  if (lines.length === 0) lines.push(`${style.paint.bold(title)}  programs that the command runs`);
  for (const detail of banner.details) lines.push(`  ${style.paint.dim(escapeLine(detail, style.unicode))}`);
  lines.push(`  ${formatProcesses(banner, style)}  Ctrl-C ends.`);
  return `${lines.join('\n')}\n`;
}

function formatFile(target: BannerTarget, style: TextStyle): string {
  const traits = target.traits.length === 0 ? '' : ` (${target.traits.join(', ')})`;
  return escapeLine(`${target.family}  ${target.path}${traits}`, style.unicode);
}

/** In columns; many sites of one kind, such as every return of a function, are one line. */
function formatSites(target: BannerTarget, style: TextStyle): readonly string[] {
  const rows = groupSites(target.sites).map(([first, count]) => [
    first.role,
    count === 1 ? `${first.function}+${first.offset}` : first.function,
    count === 1 ? first.instruction : `${count} ${style.unicode ? '×' : 'x'} ${first.instruction}`,
    first.emulated ? 'emulated' : style.paint.yellow('single-stepped (slower)'),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0), 0));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 1))
      .join(' ')
      .trimEnd(),
  );
  const missing = target.missing.map(({ role, reason }) =>
    style.paint.yellow(escapeLine(`${style.warning} no ${role}: ${reason}`, style.unicode)),
  );
  return [...lines, ...missing].map((line) => `  ${line}`);
}

function groupSites(sites: readonly BannerSite[]): readonly (readonly [first: BannerSite, count: number])[] {
  const groups = new Map<string, BannerSite[]>();
  for (const site of sites) {
    const key = [site.role, site.function, site.instruction, site.emulated].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [site]);
    else group.push(site);
  }
  return [...groups.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [[first, more.length + 1] as const],
  );
}

/** `2 processes: caddy[812], caddy[990]; new ones are captured too.` */
function formatProcesses(banner: StartBanner, style: TextStyle): string {
  const { processes, includesNewProcesses } = banner;
  if (processes.length === 0 && banner.mayBeMore) {
    return 'which processes run it cannot be seen without CAP_SYS_PTRACE; all of them are captured.';
  }
  if (processes.length === 0) {
    return includesNewProcesses
      ? 'no process runs it yet; it is captured as soon as one does.'
      : 'the process has ended.';
  }
  const names = processes.map(({ comm, pid }) => `${escapeLine(comm, style.unicode)}[${pid}]`);
  const more = names.length > namedProcesses ? ` and ${names.length - namedProcesses} more` : '';
  const list = names.slice(0, namedProcesses).join(', ') + more;
  const count = formatPlural(processes.length, 'process', 'processes');
  return `${count}: ${list}${includesNewProcesses ? '; new ones are captured too' : ''}.`;
}

const namedProcesses = 5;
