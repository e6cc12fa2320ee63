// MB/s of a Go HTTPS server that answers with 1 MiB each, un-probed and captured, and what was lost.
//
//   npm run bench -- bulk
//   ROUNDS=5 SECONDS=20 npm run bench -- bulk
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Capture } from '../test/support/capture.ts';
import { goBuilds } from '../test/support/go-builds.ts';
import { provideGoProgram } from '../test/support/go-program.ts';
import { RunningProgram } from '../test/support/running-program.ts';
import { median, spread } from './load/statistics.ts';
import { runWrk } from './load/wrk.ts';

const rounds = Number(process.env['ROUNDS'] ?? 2);
const seconds = Number(process.env['SECONDS'] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'tlstap-bench-'));

/** A MiB of text is shown in part only: showing each byte of it is what `--raw` is for. */
const modes: Readonly<Record<string, readonly string[]>> = {
  'nothing printed': ['-m', 'none'],
  '-q': ['-q', '-o', join(folder, 'output')],
  'text, -t 1k': ['-t', '1k', '-o', join(folder, 'output')],
};

const built = await provideGoProgram(goBuilds.webserver);
if (!built.ok) throw new Error(built.reason);
const server = await RunningProgram.start(built.value);
const rates = new Map<string, number[]>([['un-probed', []]]);
const notes = new Map<string, string>();
try {
  for (let round = 0; round < rounds; round++) {
    rates.get('un-probed')?.push(await load());
    for (const [mode, flags] of Object.entries(modes)) {
      const capture = await Capture.start({ args: ['gotls', '-e', built.value, ...flags] });
      const rate = await load();
      rates.set(mode, [...(rates.get(mode) ?? []), rate]);
      const { stderr } = await capture.stop();
      notes.set(mode, /[\d.]+ m?s: .*/.exec(stderr)?.[0] ?? '');
      capture.dispose();
    }
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
const base = rates.get('un-probed') ?? [];
console.log(`1 MiB answers, ${rounds} rounds of ${seconds} s`);
for (const [mode, values] of rates) {
  const shares = values.map((value, round) => value / (base[round] ?? Number.NaN));
  console.log(
    `${mode.padEnd(15)} ${median(values).toFixed(0).padStart(5)} MB/s  ${median(shares).toFixed(2)} (${spread(shares, 2)})  ${notes.get(mode) ?? ''}`,
  );
}

async function load(): Promise<number> {
  await sleep(300);
  const url = `https://${server.address}/bytes/1048576`;
  const { requestsPerSecond } = await runWrk({ url, seconds, connections: 4 });
  return requestsPerSecond * 1.048_576;
}
