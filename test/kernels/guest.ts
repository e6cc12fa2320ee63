// Runs inside another kernel: node guest.js CHECK=PROGRAM… Prints one JSON line per check, `{type, name, problems}`;
// without problems it passed. Plain Node, because a test runner would be slow to start there.
import { release } from 'node:os';
import { basename } from 'node:path';
import { bestAttachMethod } from '../support/best-attach-method.ts';
import { projectPaths } from '../support/project-paths.ts';
import { runCommand } from '../support/run-command.ts';
import { checkTitles, limitMs, type CheckName } from './check.ts';
import { captureExchange } from './checks/capture-exchange.ts';
import { captureWithFlagsCleared } from './checks/accessed-flags.ts';
import { captureLatePage } from './checks/late-page.ts';
import { captureMissingPages } from './checks/missing-pages.ts';
import { captureKeys } from './checks/key-log.ts';
import { capturePackets } from './checks/packets.ts';
import { endUnderLoad } from './checks/end-under-load.ts';

type Check = (program: string) => Promise<readonly string[]>;

const checks: Readonly<Record<CheckName, Check>> = {
  streams: (program) => captureExchange(program),
  collector: (program) => captureExchange(program, { args: ['-gc'] }),
  'accessed-flags': captureWithFlagsCleared,
  ipv6: (program) => captureExchange(program, { args: ['-network', 'tcp6', '-address', '[::1]:0'] }),
  'unix-socket': (program) =>
    captureExchange(program, { args: ['-network', 'unix', '-address', '/tmp/socket'] }),
  returns: (program) => captureExchange(program, { strategies: 'ret-spill' }),
  'joined-returns': (program) => captureExchange(program, { strategies: 'jump-ret-join' }),
  entries: (program) => captureExchange(program, { strategies: 'entry' }),
  killed: (program) => endUnderLoad(program, 'SIGKILL'),
  interrupted: (program) => endUnderLoad(program, 'SIGINT'),
  'missing-pages': captureMissingPages,
  'late-page': captureLatePage,
  'key-log': captureKeys,
  packets: capturePackets,
};

await report('doctor finds nothing that fails, and the best way of attaching', async () => {
  const { code, stdout } = await runCommand(process.execPath, [projectPaths.main, 'doctor'], {
    timeoutMs: limitMs,
  });
  const method = `the kernel takes them: ${bestAttachMethod(release())}\n`;
  return code === 0 && stdout.includes(method) ? [] : [`exit code ${code}: ${stdout}`];
});
for (const word of process.argv.slice(2)) {
  const [name = '', program = ''] = word.split('=');
  if (!isCheck(name)) throw new Error(`no check is called ${name}`);
  await report(`${basename(program)}: ${checkTitles[name]}`, () => checks[name](program));
}

// A check that failed may leave a program behind; the machine ends with this process.
process.exit();

function isCheck(name: string): name is CheckName {
  return Object.hasOwn(checks, name);
}

async function report(name: string, run: () => Promise<readonly string[]>): Promise<void> {
  const begin = performance.now();
  let problems: readonly string[];
  try {
    problems = await run();
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  }
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(JSON.stringify({ type: 'check', name, problems: problems.slice(0, 5), seconds }));
}
