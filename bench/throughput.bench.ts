// Requests per second of a Go HTTPS server under `wrk -t1 -c16`, while it is captured in several ways, as a share of what
// it does un-probed in the same round. Both cores are busy; rounds alternate, medians are quoted.
//
//   npm run bench -- throughput            short: 3 rounds of 5 s
//   ROUNDS=5 SECONDS=20 npm run bench -- throughput
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Capture } from '../test/support/capture.ts';
import { goBuilds } from '../test/support/go-builds.ts';
import { provideGoProgram } from '../test/support/go-program.ts';
import { RunningProgram } from '../test/support/running-program.ts';

const rounds = Number(process.env['ROUNDS'] ?? 3);
const seconds = Number(process.env['SECONDS'] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'tlstap-bench-'));
const output = join(folder, 'output');

const modes: Readonly<Record<string, readonly string[]>> = {
  text: ['-o', output],
  quiet: ['-q', '-o', output],
  'raw json': ['--raw', '--json', '-o', output],
  record: ['--record', output],
};

const built = await provideGoProgram(goBuilds.webserver);
if (!built.ok) throw new Error(built.reason);
const server = await RunningProgram.start(built.value);
const ratios = new Map(Object.keys(modes).map((mode) => [mode, [] as number[]]));
const notes = new Map<string, string>();
const unprobed: number[] = [];
try {
  for (let round = 0; round < rounds; round++) {
    const base = await load();
    unprobed.push(base);
    for (const [mode, flags] of Object.entries(modes)) {
      const capture = await Capture.start({ args: ['gotls', '-e', built.value, ...flags] });
      ratios.get(mode)?.push((await load()) / base);
      const { stderr } = await capture.stop();
      notes.set(mode, `${summaryOf(stderr)}; output ${(statSync(output).size / 1e6).toFixed(0)} MB`);
      capture.dispose();
    }
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
console.log(`Linux ${release()}, ${cpus().length} CPUs, ${rounds} rounds of ${seconds} s`);
console.log(`un-probed  ${median(unprobed).toFixed(0)} requests/s (${spread(unprobed, 0)})`);
for (const [mode, values] of ratios) {
  console.log(
    `${mode.padEnd(9)}  ${median(values).toFixed(2)} (${spread(values, 2)})  ${notes.get(mode) ?? ''}`,
  );
}

async function load(): Promise<number> {
  const url = `https://${server.address}/hello`;
  const { stdout } = await promisify(execFile)('wrk', ['-t1', '-c16', `-d${seconds}`, url]);
  const found = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`wrk said: ${stdout}`);
  return Number(found);
}

function summaryOf(stderr: string): string {
  return /[\d.]+ m?s: .*/.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? '';
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}
