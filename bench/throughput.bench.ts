// Requests per second of a Go HTTPS server under `wrk -t1 -c16` while it is captured in several ways. Both cores are
// busy, so every microsecond of ours is taken from wrk and the server. Rounds alternate; medians of ratios within a round.
//
//   npm run bench -- throughput             short: 2 rounds of 3 s, one server, one kind of requests
//   ROUNDS=5 SECONDS=20 SERVERS=bare,ordinary REQUESTS=alike,varied npm run bench -- throughput
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Capture } from '../test/support/capture.ts';
import { goBuilds } from '../test/support/go-builds.ts';
import { provideGoProgram } from '../test/support/go-program.ts';
import { RunningProgram } from '../test/support/running-program.ts';
import { EmptyRun } from './load/empty-run.ts';
import { readCpuSeconds, readMemoryMb } from './load/process-usage.ts';
import { median, spread } from './load/statistics.ts';
import { runWrk, writeVariedScript } from './load/wrk.ts';

const rounds = Number(process.env['ROUNDS'] ?? 2);
const seconds = Number(process.env['SECONDS'] ?? 3);
const servers = (process.env['SERVERS'] ?? 'bare').split(',');
const requests = (process.env['REQUESTS'] ?? 'alike').split(',');
const folder = mkdtempSync(join(tmpdir(), 'tlstap-bench-'));
const output = join(folder, 'output');

const modes: Readonly<Record<string, readonly string[]>> = {
  'nothing printed': ['-m', 'none'],
  '--record': ['--record', output],
  '-q': ['-q', '-o', output],
  text: ['-o', output],
  '--raw --json': ['--raw', '--json', '-o', output],
};

/** What one run in one mode gave. */
interface Run {
  readonly rate: number;
  readonly serverUs: number;
  readonly tlstapUs: number;
  readonly rssAnonMb: number;
  readonly summary: string;
}

const built = await provideGoProgram(goBuilds.webserver);
if (!built.ok) throw new Error(built.reason);
const program = built.value;
const server = await RunningProgram.start(program);
console.log(`Linux ${release()}, ${cpus().length} CPUs, ${rounds} rounds of ${seconds} s`);
try {
  for (const kind of servers) for (const which of requests) await compare(kind, which);
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}

async function compare(kind: string, which: string): Promise<void> {
  const runs = new Map<string, Run[]>();
  const load = (): Promise<Run> => run(kind, which, undefined);
  for (let round = 0; round < rounds; round++) {
    add(runs, 'un-probed', await load());
    const empty = await EmptyRun.start(program);
    add(runs, 'empty programs', await load());
    empty[Symbol.dispose]();
    for (const [mode, flags] of Object.entries(modes)) add(runs, mode, await captured(kind, which, flags));
  }
  const base = runs.get('un-probed') ?? [];
  console.log(
    `\n${kind} server, requests ${which}: un-probed ${median(base.map(({ rate }) => rate)).toFixed(0)}/s`,
  );
  console.log('mode             of un-probed       of empty   of capture  server µs  tlstap µs  RssAnon MB');
  for (const [mode, list] of runs) {
    const share = ratios(list, base);
    const columns = [
      mode.padEnd(15),
      `${median(share).toFixed(3)} (${spread(share, 2)})`.padEnd(18),
      median(ratios(list, runs.get('empty programs') ?? []))
        .toFixed(3)
        .padStart(8),
      median(ratios(list, runs.get('nothing printed') ?? []))
        .toFixed(3)
        .padStart(11),
      median(list.map(({ serverUs }) => serverUs))
        .toFixed(1)
        .padStart(10),
      median(list.map(({ tlstapUs }) => tlstapUs))
        .toFixed(1)
        .padStart(10),
      median(list.map(({ rssAnonMb }) => rssAnonMb))
        .toFixed(0)
        .padStart(11),
    ];
    console.log(`${columns.join(' ')}  ${list.at(-1)?.summary ?? ''}`);
  }
}

async function captured(kind: string, which: string, flags: readonly string[]): Promise<Run> {
  const capture = await Capture.start({ args: ['gotls', '-e', program, ...flags] });
  try {
    const result = await run(kind, which, capture.pid);
    const { stderr } = await capture.stop();
    const size = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
    rmSync(output, { force: true });
    return { ...result, summary: `${summaryOf(stderr)}; ${(size / 1e6).toFixed(0)} MB` };
  } finally {
    capture.dispose();
  }
}

async function run(kind: string, which: string, tlstap: number | undefined): Promise<Run> {
  const script = which === 'varied' ? { script: writeVariedScript(folder, `/${kind}/`) } : {};
  // What is left to do after the last run must not be taken from this one.
  await sleep(300);
  const before = readCpuSeconds(server.pid);
  const tlstapBefore = tlstap === undefined ? 0 : readCpuSeconds(tlstap);
  const result = await runWrk({ url: `https://${server.address}/${kind}/item`, seconds, ...script });
  const perRequest = (cpuSeconds: number): number => (cpuSeconds * 1e6) / result.requests;
  return {
    rate: result.requestsPerSecond,
    serverUs: perRequest(readCpuSeconds(server.pid) - before),
    tlstapUs: tlstap === undefined ? 0 : perRequest(readCpuSeconds(tlstap) - tlstapBefore),
    rssAnonMb: tlstap === undefined ? 0 : readMemoryMb(tlstap, 'RssAnon'),
    summary: '',
  };
}

function ratios(list: readonly Run[], base: readonly Run[]): number[] {
  return list.map(({ rate }, round) => rate / (base[round]?.rate ?? Number.NaN));
}

function add(runs: Map<string, Run[]>, mode: string, result: Run): void {
  const list = runs.get(mode);
  if (list) list.push(result);
  else runs.set(mode, [result]);
}

function summaryOf(stderr: string): string {
  return /[\d.]+ m?s: .*/.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? '';
}
