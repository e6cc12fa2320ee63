// npm run check: format, lint, types, unused code, shell and BPF warnings. All steps run, also after a failure.
import { checkSteps } from './lib/check-steps.mjs';
import { installPackages } from './lib/install-packages.mjs';
import { installNodeModules } from './lib/node-modules.mjs';
import { projectRoot } from './lib/project-root.mjs';
import { runCommand } from './lib/run-command.mjs';
import { runMain } from './lib/run-main.mjs';

await runMain(async () => {
  await installPackages(['build']);
  await installNodeModules();
  let failures = 0;
  for (const { name, command, args } of checkSteps()) {
    const started = performance.now();
    const { code, output } = await runCommand(command, args, { cwd: projectRoot });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name}  ${seconds} s`);
    if (code === 0) continue;
    failures += 1;
    console.log(output.trimEnd());
  }
  return failures === 0 ? 0 : 1;
});
