// npm run test:kernels [KERNEL…]: captures of real programs under other kernels; see test/kernels/host.ts.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project-root.mjs';
import { runCommand } from './lib/run-command.mjs';
import { runMain } from './lib/run-main.mjs';
import { setUp } from './lib/set-up.mjs';
import { StepFailure } from './lib/step-failure.mjs';

await runMain(async () => {
  await setUp(['demo', 'test']);
  const output = join(projectRoot, '.cache/kernels-js');
  rmSync(output, { recursive: true, force: true });
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  const compiled = await runCommand(
    process.execPath,
    [tsc, '-p', 'test/kernels/tsconfig.json', '--outDir', output],
    { cwd: projectRoot },
  );
  if (compiled.code !== 0)
    throw new StepFailure('the kernel tests do not compile', { detail: compiled.output });
  const host = join(output, 'test/kernels/host.js');
  const { status } = spawnSync(process.execPath, [host, ...process.argv.slice(2)], {
    cwd: projectRoot,
    stdio: 'inherit',
  });
  return status ?? 1;
});
