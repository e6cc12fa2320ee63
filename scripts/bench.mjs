// npm run bench [NAME…]: runs bench/NAME.bench.ts, or all of them, one after the other.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project-root.mjs';
import { runCommand } from './lib/run-command.mjs';
import { runMain } from './lib/run-main.mjs';
import { setUp } from './lib/set-up.mjs';
import { StepFailure } from './lib/step-failure.mjs';

await runMain(async () => {
  const names = benchNames(process.argv.slice(2));
  await setUp(['demo', 'bench']);
  const compiled = await compile();
  let code = 0;
  for (const name of names) {
    console.log(`\n# ${name}`);
    const { status } = spawnSync(process.execPath, [join(compiled, 'bench', `${name}.bench.js`)], {
      cwd: projectRoot,
      stdio: 'inherit',
    });
    if (status !== 0) code = 1;
  }
  return code;
});

/** @param {readonly string[]} wanted */
function benchNames(wanted) {
  const known = readdirSync(join(projectRoot, 'bench'))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.replace(/\.bench\.ts$/, ''));
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new StepFailure(`no benchmark is called ${unknown.join(', ')}`, {
      remedy: `there are: ${known.join(', ')}`,
    });
  }
  return wanted.length > 0 ? wanted : known;
}

/** Node 20 runs no TypeScript, so benchmarks are compiled together with the sources and test helpers they import. */
async function compile() {
  const output = join(projectRoot, '.cache/bench');
  rmSync(output, { recursive: true, force: true });
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  const result = await runCommand(process.execPath, [tsc, '-p', 'bench/tsconfig.json', '--outDir', output], {
    cwd: projectRoot,
  });
  if (result.code !== 0) throw new StepFailure('the benchmarks do not compile', { detail: result.output });
  if (!existsSync(output)) throw new StepFailure('there is no benchmark in bench/');
  return output;
}
