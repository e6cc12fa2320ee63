import { existsSync } from 'node:fs';
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import { Capture } from '../support/capture.ts';
import { connectPair, ip, makeNetworkPair, type NetworkPair } from '../support/network-pair.ts';
import { datagramPort, packetPath, readPackets } from '../support/packet-file.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { sendDatagrams } from '../support/udp-sender.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Captures packets; nobody needs to run the program. */
async function start(
  context: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Capture> {
  const program = needProgram(context, 'idle');
  const capture = await Capture.start({ args: ['gotls', '-m', 'pcap', '-e', program, ...args], env });
  onTestFinished(() => capture.dispose());
  return capture;
}

function ports(path: string): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const packet of readPackets(path)) {
    const port = datagramPort(packet);
    if (port !== undefined) counts[port] = (counts[port] ?? 0) + 1;
  }
  return counts;
}

const on = ({ namespace, device }: NetworkPair['left']): string => `${namespace}:${device}`;

describe('interfaces', () => {
  test('of another network namespace, both ends of a cable at once', async (context) => {
    await needCapture(context);
    const pair = await makeNetworkPair();
    const path = packetPath();
    const capture = await start(context, ['-i', on(pair.left), '-i', on(pair.right), '-w', path, 'udp']);
    await sendDatagrams(pair.left, pair.right, { count: 20 });
    const { code, stderr } = await capture.stop();

    expect(code).toBe(0);
    const packets = readPackets(path);
    // Out on the left, in on the right: each datagram twice, and no other packet.
    expect(
      packets.map(({ interfaceIndex, flags }) => `${interfaceIndex} ${(flags ?? 0) & 3}`).sort(),
    ).toEqual([...Array<string>(20).fill('0 2'), ...Array<string>(20).fill('1 1')]);
    expect(stderr).toContain(`packets that match "udp" of ${on(pair.left)} and ${on(pair.right)}`);
    expect(stderr).toMatch(/40 packets.*0 dropped/);
  });

  test.for(['tcx', 'clsact'])(
    'that are deleted and made again go on, under the same number: %s',
    async (method, context) => {
      await needCapture(context);
      const pair = await makeNetworkPair();
      const path = packetPath();
      const capture = await start(context, ['-i', on(pair.left), '-w', path, 'udp'], { TLSTAP_TC: method });
      await sendDatagrams(pair.left, pair.right, { count: 5, port: 1111 });
      await ip(`-n ${pair.left.namespace} link del ${pair.left.device}`);
      await connectPair(pair);
      await waitUntil(
        () => capture.stderr.includes('is there again'),
        10_000,
        () => `the interface noticed: ${capture.describe()}`,
      );
      await sendDatagrams(pair.left, pair.right, { count: 7, port: 2222 });
      await capture.stop();

      expect(ports(path)).toEqual({ 1111: 5, 2222: 7 });
      expect(new Set(readPackets(path).map(({ interfaceIndex }) => interfaceIndex))).toEqual(new Set([0]));
    },
  );

  test('that appear later belong to any', async (context) => {
    await needCapture(context);
    const pair = await makeNetworkPair();
    const { namespace } = pair.left;
    const path = packetPath();
    const capture = await start(context, ['-i', `${namespace}:any`, '-w', path, 'udp']);
    await ip(`-n ${namespace} link add late0 type veth peer name late1`);
    await ip(`-n ${namespace} addr add 10.98.0.1/24 dev late0`);
    await ip(`-n ${namespace} link set late0 up`);
    await ip(`-n ${namespace} link set late1 up`);
    await ip(`-n ${namespace} neigh add 10.98.0.2 lladdr 02:00:00:00:00:02 dev late0`);
    await waitUntil(
      () => capture.stderr.includes('late0 appeared'),
      10_000,
      () => `the interface noticed: ${capture.describe()}`,
    );
    await sendDatagrams(pair.left, pair.right, { count: 3, port: 1111 });
    await sendDatagrams(pair.left, { ...pair.right, ipv4: '10.98.0.2' }, { count: 4, port: 2222 });
    await capture.stop();

    // LINUX_SLL2: 20 bytes, then IP. The later pair sees its packets leave and arrive.
    const counts: Record<number, number> = {};
    for (const { data } of readPackets(path)) {
      expect(data.readUInt16BE(0)).toBe(0x0800);
      const port = data.readUInt16BE(20 + 22);
      counts[port] = (counts[port] ?? 0) + 1;
    }
    expect(counts).toEqual({ 1111: 3, 2222: 8 });
  });

  test('of the loopback device show each packet once, others both directions or one of them', async (context) => {
    await needCapture(context);
    const pair = await makeNetworkPair();
    const lo = `${pair.left.namespace}:lo`;
    const path = packetPath();
    const capture = await start(context, [
      '-i',
      lo,
      '-i',
      on(pair.left),
      '--direction',
      'in',
      '-w',
      path,
      'udp',
    ]);
    await sendDatagrams(pair.left, { ...pair.left, ipv4: '127.0.0.1' }, { count: 6, port: 1111 });
    await sendDatagrams(pair.left, pair.right, { count: 5, port: 2222 });
    await sendDatagrams(pair.right, pair.left, { count: 4, port: 3333 });
    await capture.stop();

    expect(ports(path)).toEqual({ 1111: 6, 3333: 4 });
  });

  test('of the target, with --pid, are those of its network namespace', async (context) => {
    await needCapture(context);
    const pair = await makeNetworkPair();
    const server = await RunningProgram.start(
      needProgram(context, 'webserver'),
      ['-address', `${pair.right.ipv4}:0`],
      { wrapper: pair.right.enter },
    );
    onTestFinished(() => server.kill());
    const path = packetPath();
    const capture = await Capture.start({
      args: ['gotls', '-m', 'pcap', '--pid', String(server.pid), '-w', path],
    });
    onTestFinished(() => capture.dispose());
    await capture.stop();

    const { namespace, device } = pair.right;
    // It listens on one address: that interface, and the loopback device for those on the same host.
    expect(capture.stderr).toContain(`packets of ${namespace}:lo and ${namespace}:${device}`);
    expect(capture.stderr).toContain('those that carry the connections that there are now');
  });
});

describe('limits', () => {
  test('--snaplen, --packet-count, and a default name that overwrites nothing', async (context) => {
    await needCapture(context);
    const pair = await makeNetworkPair();
    const path = packetPath('tlstap_gotls.pcapng');
    const folder = path.slice(0, path.lastIndexOf('/'));
    const args = ['-i', on(pair.left), '--snaplen', '60', '-c', '3', 'udp'];
    for (const round of [1, 2]) {
      const capture = await startIn(context, folder, args);
      await sendDatagrams(pair.left, pair.right, { count: 10, bytes: 500 + round });
      const { code } = await capture.exit();
      expect(code).toBe(0);
    }
    expect(existsSync(path)).toBe(true);
    const second = readPackets(`${folder}/tlstap_gotls-2.pcapng`);
    expect(readPackets(path).map(lengths)).toEqual(Array(3).fill('60 of 543'));
    expect(second.map(lengths)).toEqual(Array(3).fill('60 of 544'));
  });
});

function lengths({ data, originalBytes }: { data: Buffer; originalBytes: number }): string {
  return `${data.length} of ${originalBytes}`;
}

async function startIn(context: TestContext, folder: string, args: readonly string[]): Promise<Capture> {
  const program = needProgram(context, 'idle');
  const capture = await Capture.start({
    args: ['gotls', '-m', 'pcap', '-e', program, ...args],
    wrapper: ['env', '-C', folder],
  });
  onTestFinished(() => capture.dispose());
  return capture;
}
