// Latency of one keep-alive connection, one request at a time, un-probed and captured in text mode.
//
//   npm run bench -- latency
//   ROUNDS=5 SECONDS=20 npm run bench -- latency
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Capture } from '../test/support/capture.ts';
import { goBuilds } from '../test/support/go-builds.ts';
import { provideGoProgram } from '../test/support/go-program.ts';
import { RunningProgram } from '../test/support/running-program.ts';
import { readCpuSeconds } from './load/process-usage.ts';
import { median } from './load/statistics.ts';
import { runWrk, type WrkResult } from './load/wrk.ts';

const rounds = Number(process.env['ROUNDS'] ?? 3);
const seconds = Number(process.env['SECONDS'] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'tlstap-bench-'));
const built = await provideGoProgram(goBuilds.webserver);
if (!built.ok) throw new Error(built.reason);
const program = built.value;
const server = await RunningProgram.start(program);
const unprobed: WrkResult[] = [];
const captured: WrkResult[] = [];
const idleShares: number[] = [];
try {
  for (let round = 0; round < rounds; round++) {
    unprobed.push(await load());
    const capture = await Capture.start({ args: ['gotls', '-e', program, '-o', join(folder, 'output')] });
    captured.push(await load());
    idleShares.push(await idle(capture.pid));
    await capture.stop();
    capture.dispose();
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
console.log(`one connection, ${rounds} rounds of ${seconds} s`);
console.log(describe('un-probed', unprobed));
console.log(describe('text', captured));
console.log(`CPU of an idle tlstap: ${(100 * median(idleShares)).toFixed(2)} % of one core`);

function load(): Promise<WrkResult> {
  return runWrk({ url: `https://${server.address}/bare/x`, seconds, connections: 1 });
}

/** Attached, and nothing to read: after a second to settle. */
async function idle(pid: number): Promise<number> {
  await sleep(1000);
  const before = readCpuSeconds(pid);
  await sleep(5000);
  return (readCpuSeconds(pid) - before) / 5;
}

function describe(mode: string, results: readonly WrkResult[]): string {
  const p50 = median(results.map(({ p50Us }) => p50Us));
  const p99 = median(results.map(({ p99Us }) => p99Us));
  return `${mode.padEnd(10)} p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs`;
}
