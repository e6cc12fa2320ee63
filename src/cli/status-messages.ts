import { readFileSync } from 'node:fs';
import { formatNothingYet, findTlsLibraries } from '../diagnose/nothing-yet.ts';
import { formatStartBanner } from '../sink/start-banner.ts';
import type { SiteRole } from '../plan/probe-plan.ts';
import type { CaptureOutputs } from './capture-outputs.ts';
import type { LiveCapture } from './live-capture.ts';
import type { StatusOutput } from './status-output.ts';
import { escapeLine } from '../util/escape-text.ts';
import { version } from './version.ts';

const silenceMs = 5000;

/** What is captured, where and from whom. */
export function announceStart(status: StatusOutput, live: LiveCapture, verbose: boolean): void {
  const { processes, isPartial } = live.processes;
  const details = [
    `attached by ${live.method}, in ${live.attachTimeMs.toFixed(0)} ms`,
    `ring buffer ${live.ringBytes / 2 ** 20} MiB`,
  ];
  status.write(
    formatStartBanner(
      {
        version,
        targets: live.plans.map((plan) => ({
          ...plan,
          sites: plan.sites.filter(isAttachedAtOnce),
          missing: plan.missing.filter(isAttachedAtOnce),
          traits: [
            plan.toolchain ?? 'Go',
            plan.stripped ? 'stripped' : '',
            plan.positionIndependent ? 'PIE' : '',
          ].filter((trait) => trait !== ''),
        })),
        processes: live.command ? [...processes, live.command] : processes,
        mayBeMore: isPartial,
        includesNewProcesses: live.includesNewProcesses,
        details: verbose ? details : [],
      },
      status.style,
    ),
  );
}

function isAttachedAtOnce({ role }: { readonly role: SiteRole }): boolean {
  return role !== 'socket';
}

export function announceEnd(
  status: StatusOutput,
  ended: { readonly comm: string; readonly pid: number },
): void {
  status.write(`  ${escapeLine(ended.comm, status.style.unicode)}[${ended.pid}] has ended\n`);
}

/** Says once, on a terminal, why there may be nothing to see. */
export function watchForSilence(
  status: StatusOutput,
  live: LiveCapture,
  outputs: CaptureOutputs,
): Disposable {
  const timer = setTimeout(() => {
    if (outputs.sawEvents || !status.isTerminal) return;
    status.write(
      formatNothingYet({
        processes: live.processes.processes.map(({ pid, comm }) => ({
          pid,
          comm,
          tlsLibraries: findTlsLibraries(readMaps(pid)),
        })),
        paths: live.paths,
        tlsName: "Go's crypto/tls",
        filteredEvents: live.counters.filtered,
        unicode: status.style.unicode,
      }),
    );
  }, silenceMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function readMaps(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8');
  } catch {
    return '';
  }
}
