import { describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import { listClsactFilters } from '../../src/bpf/clsact-filters.ts';
import { NetworkNamespace } from '../../src/bpf/network-namespace.ts';
import { Capture } from '../support/capture.ts';
import { makeNetworkPair, type NetworkEnd } from '../support/network-pair.ts';
import { attachOtherTool, findIndex, listTcxPrograms } from '../support/other-tool.ts';
import { packetPath, readPackets } from '../support/packet-file.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { sendDatagrams } from '../support/udp-sender.ts';
import { waitUntil } from '../support/wait-until.ts';

async function start(context: TestContext, end: NetworkEnd, path: string, method: string): Promise<Capture> {
  const capture = await Capture.start({
    args: [
      ...['gotls', '-m', 'pcap', '-e', needProgram(context, 'idle')],
      ...['-i', `${end.namespace}:${end.device}`, '-w', path, 'udp', 'dst', 'port', '1111'],
    ],
    env: { TLSTAP_TC: method },
  });
  onTestFinished(() => capture.dispose());
  return capture;
}

async function qdiscs({ namespace, device }: NetworkEnd): Promise<string> {
  const { stdout } = await runCommand('tc', ['-n', namespace, 'qdisc', 'show', 'dev', device], {
    timeoutMs: 10_000,
  });
  return stdout;
}

describe.for(['tcx', 'clsact'] as const)('with %s', (method) => {
  test('two captures and programs of others, before and after, all see every packet', async (context) => {
    await needCapture(context);
    const { left, right } = await makeNetworkPair();
    const earlier = [attachOtherTool(left, 'out', method), attachOtherTool(left, 'in', method)];
    const paths = [packetPath(), packetPath()];
    const captures = [];
    for (const path of paths) captures.push(await start(context, left, path, method));
    const later = [attachOtherTool(left, 'out', method), attachOtherTool(left, 'in', method)];
    const before = [...earlier, ...later].map((tool) => tool.countPackets());
    await sendDatagrams(left, right, { count: 30, port: 1111 });
    await sendDatagrams(right, left, { count: 20, port: 1111 });
    for (const capture of captures) expect((await capture.stop()).code).toBe(0);

    for (const path of paths) expect(readPackets(path)).toHaveLength(50);
    const seen = [...earlier, ...later].map((tool, index) => tool.countPackets() - (before[index] ?? 0));
    // Those of the test, and what hosts say by themselves (ARP, unreachable ports).
    expect(Math.min(seen[0] ?? 0, seen[2] ?? 0)).toBeGreaterThanOrEqual(30);
    expect(Math.min(seen[1] ?? 0, seen[3] ?? 0)).toBeGreaterThanOrEqual(20);
  });
});

test('after kill -9 nothing is left on a tcx device', async (context) => {
  await needCapture(context);
  const { left, right } = await makeNetworkPair();
  using namespace = new NetworkNamespace(`/run/netns/${left.namespace}`);
  const index = findIndex(namespace, left.device);
  const programs = (): number[] => namespace.run(() => listTcxPrograms(index));
  const capture = await start(context, left, packetPath(), 'tcx');
  expect(programs()).toHaveLength(2);
  await capture.stop('SIGKILL');

  await waitUntil(
    () => programs().length === 0,
    10_000,
    () => `no programs; there are: ${programs().join(', ')}`,
  );
  await sendDatagrams(left, right, { count: 1 });
});

test('after kill -9 an inert filter is left on a clsact device, which the next start removes', async (context) => {
  await needCapture(context);
  const { left, right } = await makeNetworkPair();
  using namespace = new NetworkNamespace(`/run/netns/${left.namespace}`);
  const index = findIndex(namespace, left.device);
  const filters = (): string[] => namespace.run(() => listClsactFilters(index).bpf.map(({ name }) => name));
  const handles = (): number[] =>
    namespace.run(() => listClsactFilters(index).bpf.map(({ handle }) => handle));
  const killed = await start(context, left, packetPath(), 'clsact');
  expect(filters()).toHaveLength(2);
  await killed.stop('SIGKILL');
  const stale = handles();
  expect(filters().every((name) => name.startsWith('tlstap_'))).toBe(true);
  // Inert: packets pass.
  await sendDatagrams(left, right, { count: 5, port: 1111 });

  const path = packetPath();
  const next = await start(context, left, path, 'clsact');
  expect(handles().filter((handle) => stale.includes(handle))).toEqual([]);
  // Not of somebody who lives.
  const third = await start(context, left, packetPath(), 'clsact');
  expect(handles()).toHaveLength(4);
  await sendDatagrams(left, right, { count: 5, port: 1111 });
  await third.stop();
  expect(handles()).toHaveLength(2);
  await next.stop();

  expect(readPackets(path)).toHaveLength(5);
  expect(filters()).toEqual([]);
  // We made the qdisc, and nobody uses it any more.
  expect(await qdiscs(left)).not.toContain('clsact');
});

test('a clsact qdisc with filters of others stays', async (context) => {
  await needCapture(context);
  const { left } = await makeNetworkPair();
  const add = await runCommand('tc', ['-n', left.namespace, 'qdisc', 'add', 'dev', left.device, 'clsact'], {
    timeoutMs: 10_000,
  });
  expect(add.stderr).toBe('');
  const capture = await start(context, left, packetPath(), 'clsact');
  await capture.stop();

  expect(await qdiscs(left)).toContain('clsact');
});
