import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectPaths } from '../support/project-paths.ts';
import type { FuzzFailure, FuzzResult } from './fuzz-run.ts';
import type { FuzzTarget } from './fuzz-target.ts';

const mostOutcomes = 6;
const mostHexBytes = 200;

/** One line that says how much was tried and what became of it. */
export function reportResult(target: FuzzTarget, result: FuzzResult): void {
  const shown = result.outcomes.slice(0, mostOutcomes).map(([outcome, count]) => `${outcome} ${count}`);
  const rest = result.outcomes.length - shown.length;
  const outcomes = [...shown, ...(rest > 0 ? [`${rest} others`] : [])].join(', ');
  console.log(
    `${target.name}: ${result.inputs} inputs in ${result.seconds.toFixed(1)} s, slowest ${result.slowestMs.toFixed(0)} ms, ` +
      `memory +${Math.round(result.mostMemoryBytes / 2 ** 20)} MiB${result.failure === undefined ? '' : ', FAILED'} (${outcomes})`,
  );
}

/** Keeps the input, and says how to try it again. */
export function saveFailure(target: FuzzTarget, { index, input, reason }: FuzzFailure): void {
  const folder = join(projectPaths.cache, 'fuzz-failures');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${target.name}-${index}.bin`);
  writeFileSync(path, input);
  const hex = input.toString('hex', 0, mostHexBytes);
  console.log(`  input ${index}: ${reason.split('\n').slice(0, 8).join('\n  ')}`);
  console.log(`  ${input.length} bytes: ${hex}${input.length > mostHexBytes ? '…' : ''}`);
  console.log(`  again: npm run fuzz -- ${target.name} --replay ${relative(projectPaths.root, path)}`);
}
