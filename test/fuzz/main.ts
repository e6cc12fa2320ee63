import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkInput } from './fuzz-run.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { fuzzTargets } from './registry.ts';
import { reportResult, saveFailure } from './report.ts';
import { runGuarded } from './run-guarded.ts';

const usage = `npm run fuzz                          lists the parsers
npm run fuzz -- SECONDS PARSER…       feeds them hostile inputs for so long (PARSER all: every one)
  --inputs N                          so many inputs at most; SECONDS may then be left out
  --first N                           from that input on (default 0): others than last time
npm run fuzz -- PARSER --replay FILE  one input again`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: 'string' }, first: { type: 'string' }, replay: { type: 'string' } },
});
process.exitCode = await main();

async function main(): Promise<number> {
  if (positionals.length === 0) return list();
  const [start = '', ...rest] = positionals;
  const seconds = /^\d+$/.test(start) ? Number(start) : undefined;
  const names = seconds === undefined ? positionals : rest;
  const unknown = names.filter(
    (name) => name !== 'all' && !fuzzTargets.some((target) => target.name === name),
  );
  const isBounded = seconds !== undefined || values.inputs !== undefined || values.replay !== undefined;
  if (names.length === 0 || unknown.length > 0 || !isBounded) {
    const what = unknown.length > 0 ? `no parser is called ${unknown.join(', ')}\n` : '';
    process.stderr.write(`${what}${usage}\n`);
    return 2;
  }
  const targets = names.includes('all')
    ? fuzzTargets
    : fuzzTargets.filter(({ name }) => names.includes(name));
  if (values.replay !== undefined) return replay(targets, values.replay);
  let code = 0;
  for (const target of targets) if (!(await run(target, seconds ?? Infinity))) code = 1;
  return code;
}

/** Whether it was run and nothing failed. */
async function run(target: FuzzTarget, seconds: number): Promise<boolean> {
  const inputs = values.inputs === undefined ? Infinity : Number(values.inputs);
  const first = Number(values.first ?? 0);
  try {
    const result = await runGuarded(target, { inputs, seconds, first });
    reportResult(target, result);
    if (result.failure !== undefined) saveFailure(target, result.failure);
    return result.failure === undefined;
  } catch (error) {
    // Its corpus could not be had: a program that cannot be downloaded, say.
    console.log(`${target.name}: NOT RUN: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function list(): number {
  const width = Math.max(...fuzzTargets.map(({ name }) => name.length));
  for (const { name, description } of fuzzTargets) console.log(`${name.padEnd(width)}  ${description}`);
  console.log(`\n${usage}`);
  return 0;
}

/** The corpus is made all the same: some parsers need the program that it is from. */
async function replay(targets: readonly FuzzTarget[], path: string): Promise<number> {
  for (const target of targets) {
    await target.corpus();
    console.log(`${target.name}: ${checkInput(target, readFileSync(path))}`);
  }
  return 0;
}
