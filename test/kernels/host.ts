// npm run test:kernels: programs are built here, tlstap runs them in there. TLSTAP_KERNEL_VM names a command that runs
// another one under another kernel, with this file system and its output passed through:
//   $TLSTAP_KERNEL_VM --kernel 5.10 --timeout SECONDS -- COMMAND ARGS…
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GoBuild } from '../support/go-program.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { parseJsonRecords } from '../support/json-record.ts';
import { projectPaths } from '../support/project-paths.ts';
import { runCommand } from '../support/run-command.ts';

interface Machine {
  readonly kernel: string;
  readonly architecture: 'x64';
}

const machines: readonly Machine[] = [
  { kernel: '5.10', architecture: 'x64' },
  { kernel: '6.1', architecture: 'x64' },
  { kernel: '6.12', architecture: 'x64' },
];

const builds: Readonly<Record<Machine['architecture'], readonly GoBuild[]>> = {
  x64: [
    { program: 'exchange', toolchain: 'machine' },
    { program: 'exchange', toolchain: '1.16.15' },
  ],
};

const timeoutSeconds = 570;
const vm = process.env['TLSTAP_KERNEL_VM'];
const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
const skipped: string[] = [];

for (const machine of machines.filter(({ kernel }) => wanted.length === 0 || wanted.includes(kernel))) {
  const name = `Linux ${machine.kernel} ${machine.architecture}`;
  if (vm === undefined || vm === '') skipped.push(`${name}: TLSTAP_KERNEL_VM is not set`);
  else await runMachine(vm, name, machine);
}
for (const line of skipped) console.log(`skipped: ${line}`);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function runMachine(command: string, name: string, machine: Machine): Promise<void> {
  const root = stage(machine);
  const programs = await buildPrograms(machine, root);
  const begin = performance.now();
  const { code, stdout, stderr } = await runCommand(
    command,
    [
      ...['--kernel', machine.kernel, '--timeout', String(timeoutSeconds)],
      ...['--', 'node', join(root, 'js/test/kernels/guest.js'), ...programs],
    ],
    {
      timeoutMs: (timeoutSeconds + 30) * 1000,
      env: { ...process.env, TLSTAP_TEST_START_LIMIT_MS: '200000' },
    },
  );
  const results = [...parseJsonRecords(Buffer.from(stdout))];
  console.log(`${name}  ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  for (const { name: check, problems } of results) {
    const list = Array.isArray(problems) ? problems.map(String) : ['no result'];
    if (list.length === 0) passed++;
    else failed++;
    console.log(`  ${list.length === 0 ? 'ok  ' : 'FAIL'}  ${String(check)}`);
    for (const problem of list) console.log(`        ${problem}`);
  }
  const expected = 1 + 4 * programs.length;
  if (code === 0 && results.length === expected) return;
  failed++;
  console.log(
    `  FAIL  ended early with ${code}: ${results.length} of ${expected} checks\n${stderr.slice(-2000)}`,
  );
}

/** A tree of its own, so that a build of the checkout meanwhile does not change what is tested. */
function stage({ architecture }: Machine): string {
  const root = join(projectPaths.cache, 'kernels', architecture);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  for (const path of [
    'dist',
    'package.json',
    'node_modules/koffi',
    'node_modules/commander',
    'node_modules/@koromix',
  ]) {
    cpSync(join(projectPaths.root, path), join(root, path), { recursive: true });
  }
  cpSync(join(projectPaths.cache, 'kernels-js'), join(root, 'js'), { recursive: true });
  return root;
}

async function buildPrograms(machine: Machine, root: string): Promise<string[]> {
  const paths: string[] = [];
  // Before 5.15 each site takes a program of its own, and the verifier, emulated, many seconds for each.
  const wanted =
    machine.kernel === '5.10' ? builds[machine.architecture].slice(1) : builds[machine.architecture];
  for (const build of wanted) {
    const built = await provideGoProgram(build);
    if (built.ok) {
      const path = join(root, `${build.program}-go-${build.toolchain}`);
      cpSync(built.value, path);
      paths.push(path);
    } else {
      skipped.push(`Linux ${machine.kernel} ${machine.architecture}, Go ${build.toolchain}: ${built.reason}`);
    }
  }
  return paths;
}
