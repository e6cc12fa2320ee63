import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { Capture } from '../support/capture.ts';
import { packetPath, readPackets } from '../support/packet-file.ts';
import { parseFlow } from '../support/parse-flow.ts';
import { startIsolated } from '../support/process-namespace.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { startSockets } from '../support/socket-program.ts';
import { waitUntil } from '../support/wait-until.ts';

// What tlstap itself writes, where it is elsewhere than the processes, or both are elsewhere than usual. The many ways
// to take a socket: owners.test.ts.

test('processes and tlstap in one pid namespace: numbered as there', async (context) => {
  await needCapture(context);
  const { enter } = await startIsolated();
  const packets = await exchangeOnLo(context, { interface: 'lo', wrapper: enter, programs: enter });

  expect(packets.clientPid).toBeLessThan(50);
  expectOwners(packets);
});

test('a container’s processes, seen from outside of it: numbered as outside', async (context) => {
  await needCapture(context);
  const { enter, pid } = await startIsolated();
  const packets = await exchangeOnLo(context, { interface: `${pid}:lo`, wrapper: [], programs: enter });

  const outside = {
    server: numberOutside(packets.serverPid, pid),
    client: numberOutside(packets.clientPid, pid),
  };
  expect(outside.client).not.toBe(packets.clientPid);
  expectOwners({ ...packets, serverPid: outside.server, clientPid: outside.client });
});

test('processes outside of tlstap’s pid namespace have no number there, and are not named', async (context) => {
  await needCapture(context);
  const { enter } = await startIsolated();
  const [nsenter = '', ...args] = enter;
  const onlyPid = [nsenter, ...args.filter((arg) => arg !== '--net')];
  const { own } = await exchangeOnLo(context, { interface: 'lo', wrapper: onlyPid, programs: [] });

  expect(own.length).toBeGreaterThan(8);
  expect(own.filter(({ comment }) => comment !== '')).toEqual([]);
});

test('in a cgroup namespace, TCP of processes outside of it is known, and what is not is said', async (context) => {
  await needCapture(context);
  const root = findControlGroups() ?? context.skip('cgroup2 is not mounted');
  const group = join(root, `tlstap-test-${process.pid}`);
  mkdirSync(group);
  onTestFinished(async () => {
    await waitUntil(
      () => isRemoved(group),
      10_000,
      () => `${group} is still in use`,
    );
  });
  const script = 'echo $$ > "$0/cgroup.procs" && exec unshare --cgroup "$@"';
  const packets = await exchangeOnLo(context, {
    interface: 'lo',
    wrapper: ['sh', '-c', script, group],
    programs: [],
  });

  expectOwners(packets);
  expect(packets.stderr).toContain('cgroup namespace');
});

interface Exchange {
  readonly serverPid: number;
  readonly clientPid: number;
  readonly serverPort: number;
  readonly own: readonly { readonly sourcePort: number | undefined; readonly comment: string }[];
  readonly stderr: string;
}

/** A server and a client speak on lo; as themselves, they know their pids as their own namespace numbers them. */
async function exchangeOnLo(
  context: TestContext,
  where: {
    readonly interface: string;
    readonly wrapper: readonly string[];
    readonly programs: readonly string[];
  },
): Promise<Exchange> {
  const path = packetPath();
  const capture = await Capture.start({
    args: [
      'gotls',
      '-v',
      '-m',
      'pcap',
      '-e',
      needProgram(context, 'idle'),
      '-i',
      where.interface,
      '-w',
      path,
    ],
    wrapper: where.wrapper,
  });
  onTestFinished(() => capture.dispose());
  const server = await startSockets(context, ['tcp-server', 'tcp4', '127.0.0.1:0'], where.programs);
  const args = ['tcp-client', 'tcp4', `127.0.0.1:${server.port}`];
  const client = await startSockets(context, args, where.programs);
  await client.run('connect', 'exchange', 'close');
  await sleep(300);
  // nsenter forks, and does not pass signals on.
  const inner = readFileSync(`/proc/${capture.pid}/task/${capture.pid}/children`, 'latin1').trim();
  process.kill(/^\d+$/.test(inner) ? Number(inner) : capture.pid, 'SIGINT');
  const { stderr } = await capture.exit();

  const own = readPackets(path).flatMap(({ data, comments }) => {
    const flow = parseFlow(Buffer.from(data));
    if (flow === undefined || ![flow.sourcePort, flow.destinationPort].includes(server.port)) return [];
    return [{ sourcePort: flow.sourcePort, comment: comments.join() }];
  });
  return { serverPid: server.pid, clientPid: client.pid, serverPort: server.port, own, stderr };
}

/** Each packet names its sender. */
function expectOwners({ own, serverPid, clientPid, serverPort }: Exchange): void {
  expect(own.length).toBeGreaterThan(8);
  for (const { sourcePort, comment } of own)
    expect(comment).toMatch(
      new RegExp(`^pid=${sourcePort === serverPort ? serverPid : clientPid} comm=sockets`),
    );
}

/** From the last number of `NSpid`, which is the innermost, to the first, of the processes that share a namespace. */
function numberOutside(inside: number, neighbour: number): number {
  const namespace = readFileSync(`/proc/${neighbour}/status`, 'latin1');
  expect(namespace).toContain('NSpid');
  for (let pid = neighbour; pid < neighbour + 100_000; pid++) {
    try {
      const numbers = /^NSpid:\s+(.*)$/m
        .exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
        ?.split(/\s+/);
      if (numbers !== undefined && numbers.length > 1 && Number(numbers.at(-1)) === inside) return pid;
    } catch {
      // No such process.
    }
  }
  throw new Error(`no process is called ${inside} in there`);
}

function findControlGroups(): string | undefined {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
}

function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
