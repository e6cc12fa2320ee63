// Runs inside another kernel: node guest.js PROGRAM… Captures real programs with the built tlstap and prints one JSON line per
// check, `{type, name, problems}`; without problems it passed. Plain Node, because a test runner would be slow to start there.
import { basename } from 'node:path';
import { Capture } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { readKernelObjects, survivingObjects } from '../support/kernel-objects.ts';
import { changedText } from '../support/process-text.ts';
import { projectPaths } from '../support/project-paths.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
/** Everything is emulated there: a guard against hangs, not a measure. */
const limitMs = 300_000;
const programs = process.argv.slice(2);

await check('doctor finds nothing that fails', async () => {
  const { code, stdout } = await runCommand(process.execPath, [projectPaths.main, 'doctor'], {
    timeoutMs: limitMs,
  });
  return code === 0 ? [] : [`exit code ${code}: ${stdout}`];
});
for (const program of programs) {
  const name = basename(program);
  await check(`${name}: every byte of every connection`, () => captureAll(program, []));
  await check(`${name}: with the garbage collector always on`, () => captureAll(program, ['-gc']));
  await check(`${name}: nothing is left after SIGKILL`, () => killUnderLoad(program, 'SIGKILL'));
  await check(`${name}: nothing is left after SIGINT`, () => killUnderLoad(program, 'SIGINT'));
}

// A check that failed may leave a program behind; the machine ends with this process.
process.exit();

async function check(name: string, run: () => Promise<readonly string[]>): Promise<void> {
  let problems: readonly string[];
  try {
    problems = await run();
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  }
  console.log(JSON.stringify({ type: 'check', name, problems: problems.slice(0, 5) }));
}

async function captureAll(program: string, args: readonly string[]): Promise<readonly string[]> {
  const running = await RunningProgram.start(program, ['-connections', '8', ...args]);
  const capture = await Capture.start({
    args: ['gotls', '-e', program, '--raw', '--json', '--buffer-size', '64M'],
  });
  try {
    running.send('go');
    await running.waitFor('done', 1, limitMs);
    await running.exit();
    const { code, stderr } = await capture.stop();
    const truths = endpointTruths(running.records());
    const problems = compareStreams(truths, assembleConnections(capture.records()));
    if (truths.length !== 32) problems.push(`the program told of ${truths.length} ends`);
    if (code !== 0) problems.push(`exit code ${code}: ${stderr}`);
    return problems;
  } finally {
    running.kill();
    capture.dispose();
  }
}

async function killUnderLoad(program: string, signal: NodeJS.Signals): Promise<readonly string[]> {
  const running = await RunningProgram.start(program, ['-connections', '2', '-max', '5000', '-repeat']);
  const capture = await Capture.start({ args: ['gotls', '--pid', String(running.pid), '--raw', '--json'] });
  try {
    // It goes on by itself until a line comes.
    await capture.waitForOutput((output) => output.includes('"type":"data"'), limitMs);
    const objects = readKernelObjects(capture.pid);
    const problems = objects.programs.length === 0 ? ['no program was loaded'] : [];
    // Otherwise the comparison below would show nothing.
    if (changedText(running.pid, program).length === 0) problems.push('no probe is in its code');
    await capture.stop(signal);
    // The kernel removes them a moment after the process is gone.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    problems.push(...survivingObjects(objects).map((left) => `${left} is left`));
    problems.push(...changedText(running.pid, program).map((address) => `changed code at ${address}`));
    running.send('stop');
    const code = await running.exit();
    return code === 0 ? problems : [...problems, `the program ended with ${code}`];
  } finally {
    running.kill();
    capture.dispose();
  }
}
