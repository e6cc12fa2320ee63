import { mkdtempSync, readFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePackets, parseSecrets } from '../../sink/pcapng/parse-pcapng.ts';
import { Capture } from '../../support/capture.ts';
import { endpointLogs, expectedLines } from '../../support/endpoint-logs.ts';
import { parseFlow } from '../../support/parse-flow.ts';
import { projectPaths } from '../../support/project-paths.ts';
import { runCommand } from '../../support/run-command.ts';
import { RunningProgram } from '../../support/running-program.ts';
import { limitMs } from '../check.ts';
import { compareLines } from './key-log.ts';

/** Packets of the loopback interface: of each connection both ways, and the secrets that decrypt them. */
export async function capturePackets(program: string): Promise<string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'tlstap-packets-')), 'out.pcapng');
  const running = await RunningProgram.start(program, ['-connections', '2', '-resume', '1']);
  let capture: Capture | undefined;
  try {
    capture = await Capture.start({
      args: ['gotls', '-e', program, '-m', 'pcap', '-i', 'lo', '-w', file],
    });
    running.send('go');
    await running.waitFor('done', 1, limitMs);
    await running.exit();
    const { code, stderr } = await capture.stop();
    const ends = endpointLogs(running);
    const bytes = readFileSync(file);
    const seen = readFlags(bytes);
    const problems = ends.flatMap(({ local, remote }) =>
      missingFlags(seen.get(`${local} ${remote}`)).map((flag) => `no ${flag} from ${local} to ${remote}`),
    );
    problems.push(...compareLines(parseSecrets(bytes), expectedLines(ends)));
    if (ends.length !== 2 * 4 * 3) problems.push(`the program told of ${ends.length} ends`);
    if (code !== 0) problems.push(`exit code ${code}`);
    if (problems.length > 0) problems.unshift(stderr.trim());
    return [...problems, ...(await compareMethod())];
  } finally {
    running.kill();
    capture?.dispose();
  }
}

/** Of each direction of each connection, `address:port address:port`, the TCP flags that were seen. */
function readFlags(file: Buffer): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, Set<string>>();
  for (const { data } of parsePackets(file)) {
    const flow = parseFlow(data);
    if (flow?.protocol !== 'tcp') continue;
    const key = `${flow.source}:${flow.sourcePort} ${flow.destination}:${flow.destinationPort}`;
    const flags = seen.get(key) ?? new Set();
    seen.set(key, flags);
    for (const flag of flow.flags.split(' ')) flags.add(flag);
  }
  return seen;
}

/** A beginning and data. Some never end: the program ends with connections open, and of those one side is reset. */
function missingFlags(flags: ReadonlySet<string> = new Set()): string[] {
  return ['SYN', 'PSH'].filter((flag) => !flags.has(flag));
}

/** Whether packets are taken by the best way that this kernel has: tcx since Linux 6.6. */
async function compareMethod(): Promise<string[]> {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const method = major * 1000 + minor >= 6006 ? 'tcx' : 'clsact';
  const { stdout } = await runCommand(process.execPath, [projectPaths.main, 'doctor'], {
    timeoutMs: limitMs,
  });
  return stdout.includes(`${method}${method === 'tcx' ? ':' : ' '}`) ? [] : [`not by ${method}: ${stdout}`];
}
