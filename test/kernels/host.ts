// npm run test:kernels: programs are built here, tlstap runs them in there. TLSTAP_KERNEL_VM names a command that runs
// another one under another kernel, in this folder, with this file system and its output passed through:
//   $TLSTAP_KERNEL_VM --kernel 5.10 [--arch arm64] --timeout SECONDS -- COMMAND ARGS…

import { parseJsonRecords, type JsonRecord } from '../support/json-record.ts';
import { runCommand } from '../support/run-command.ts';
import { checkTitles, type CheckName } from './check.ts';
import { machines, type Machine } from './machines.ts';
import { Stage } from './stage.ts';

const timeoutSeconds = 590;
const vm = process.env['TLSTAP_KERNEL_VM'] ?? '';
const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
const skipped: string[] = [];

for (const machine of machines.filter((one) => isWanted(one))) {
  if (vm === '') skipped.push(`${nameOf(machine)}: TLSTAP_KERNEL_VM is not set`);
  else await runMachine(machine);
}
for (const line of skipped) console.log(`skipped: ${line}`);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function nameOf({ kernel, architecture }: Machine): string {
  return `Linux ${kernel} ${architecture}`;
}

/** Words are kernels, architectures, both, or checks: `6.12`, `arm64`, `6.12-arm64`, `late-page`. */
function isWanted({ kernel, architecture }: Machine): boolean {
  const words = wanted.filter((word) => !Object.hasOwn(checkTitles, word));
  return (
    words.length === 0 ||
    [kernel, architecture, `${kernel}-${architecture}`].some((word) => words.includes(word))
  );
}

function isWantedCheck(check: CheckName): boolean {
  const checks = wanted.filter((word) => Object.hasOwn(checkTitles, word));
  return checks.length === 0 || checks.includes(check);
}

async function runMachine(machine: Machine): Promise<void> {
  const name = nameOf(machine);
  using stage = new Stage(machine.architecture);
  const prepared = await stage.fill();
  if (!prepared.ok) {
    skipped.push(`${name}: ${prepared.reason}`);
    return;
  }
  const checks = await addPrograms(stage, machine);
  const begin = performance.now();
  console.log(name);
  let count = 0;
  let rest = '';
  const { code, stderr } = await runCommand(
    vm,
    [
      ...['--kernel', machine.kernel, '--timeout', String(timeoutSeconds)],
      ...(machine.architecture === 'arm64' ? ['--arch', 'arm64'] : []),
      ...['--', 'node', stage.path('js/test/kernels/guest.js'), ...checks],
    ],
    {
      cwd: stage.root,
      timeoutMs: (timeoutSeconds + 30) * 1000,
      env: { ...process.env, TLSTAP_TEST_START_LIMIT_MS: '200000' },
      // One by one: it takes minutes.
      onOutput: (piece) => {
        const lines = `${rest}${piece.toString()}`.split('\n');
        rest = lines.pop() ?? '';
        for (const record of parseJsonRecords(lines.map((line) => `${line}\n`).join(''))) {
          printResult(record);
          count++;
        }
      },
    },
  );
  console.log(`  ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  // Its first one, doctor, is there without being asked for.
  if (code === 0 && count === checks.length + 1) return;
  failed++;
  console.log(
    `  FAIL  ended early with ${code}: ${count} of ${checks.length + 1} checks\n${stderr.slice(-2000)}`,
  );
}

async function addPrograms(stage: Stage, machine: Machine): Promise<string[]> {
  const checks: string[] = [];
  for (const { build, checks: all } of machine.programs) {
    const names = all.filter((check) => isWantedCheck(check));
    if (names.length === 0) continue;
    const path = await stage.addProgram(build);
    if (path.ok) checks.push(...names.map((check) => `${check}=${path.value}`));
    else skipped.push(`${nameOf(machine)}, ${build.program} by Go ${build.toolchain}: ${path.reason}`);
  }
  return checks;
}

function printResult({ name, problems, seconds }: JsonRecord): void {
  const list = Array.isArray(problems) ? problems.map(String) : ['no result'];
  if (list.length === 0) passed++;
  else failed++;
  console.log(`  ${list.length === 0 ? 'ok  ' : 'FAIL'}  ${String(name)} (${String(seconds)} s)`);
  for (const problem of list) console.log(`        ${problem}`);
}
