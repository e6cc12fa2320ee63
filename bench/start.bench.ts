// From the command to everything attached, for a Go program of about 50 MB on a warm disk, against an empty `node -e 0`.
//
//   npm run bench -- start
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { Capture } from '../test/support/capture.ts';
import { provideDebianProgram } from './debian-program.ts';
import { median, spread } from './load/statistics.ts';

const rounds = Number(process.env['ROUNDS'] ?? 9);
const provided = await provideDebianProgram('docker.io', 'usr/bin/docker');
if (!provided.ok) throw new Error(provided.reason);
const program = provided.value;
const nodes: number[] = [];
const starts: number[] = [];
for (let round = 0; round < rounds; round++) {
  nodes.push(time(() => void execFileSync(process.execPath, ['-e', '0'])));
  const begin = performance.now();
  // The ready file is looked for every few milliseconds.
  const capture = await Capture.start({ args: ['gotls', '-e', program, '-o', '/dev/null'] });
  starts.push(performance.now() - begin);
  await capture.stop();
  capture.dispose();
}
const ratios = starts.map((start, round) => start / (nodes[round] ?? Number.NaN));
console.log(`program of ${(statSync(program).size / 1e6).toFixed(0)} MB, ${rounds} rounds`);
console.log(`node -e 0          ${median(nodes).toFixed(0)} ms (${spread(nodes, 0)})`);
console.log(`start to attached  ${median(starts).toFixed(0)} ms (${spread(starts, 0)})`);
console.log(`ratio              ${median(ratios).toFixed(1)} (${spread(ratios, 1)})`);

function time(action: () => void): number {
  const begin = performance.now();
  action();
  return performance.now() - begin;
}
