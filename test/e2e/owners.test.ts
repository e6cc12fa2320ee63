import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import { OwnedPackets, type OwnedPacket } from '../support/owned-packets.ts';
import { makePeerNetwork, type PeerNetwork } from '../support/peer-network.ts';
import { needCapture } from '../support/requirements.ts';
import { startSockets, type SocketProgram } from '../support/socket-program.ts';

/** Packets on their way when a program has said that it is done. */
const settleMs = 150;

/** One for all tests: making them takes longer than what they are for. */
let network: PeerNetwork | undefined;
let packets: OwnedPackets | undefined;

afterAll(async () => {
  packets?.[Symbol.dispose]();
  await network?.dispose();
});

describe('the process of a TCP packet, from SYN to last FIN', () => {
  test.for([
    { name: 'client, IPv4', network: 'tcp4', side: 'client', version: 'ipv4' },
    { name: 'client, IPv6', network: 'tcp6', side: 'client', version: 'ipv6' },
    { name: 'server, IPv4', network: 'tcp4', side: 'server', version: 'ipv4' },
    { name: 'server, IPv6', network: 'tcp6', side: 'server', version: 'ipv6' },
    { name: 'server, IPv4 on an IPv6 socket', network: 'tcp', side: 'server', version: 'ipv4', any: '[::]' },
    { name: 'server on every address', network: 'tcp4', side: 'server', version: 'ipv4', any: '0.0.0.0' },
    {
      name: 'server that accepts without asking for the peer',
      network: 'tcp4',
      side: 'server',
      version: 'ipv4',
      bare: true,
    },
    { name: 'server of Multipath TCP', network: 'tcp4', side: 'server', version: 'ipv4', multipath: true },
    { name: 'client of Multipath TCP', network: 'tcp4', side: 'client', version: 'ipv4', multipath: true },
    {
      name: 'client that exits before its FIN',
      network: 'tcp4',
      side: 'client',
      version: 'ipv4',
      ends: ['end'],
    },
    { name: 'client that resets', network: 'tcp4', side: 'client', version: 'ipv4', ends: ['reset'] },
    { name: 'server that is reset', network: 'tcp4', side: 'server', version: 'ipv4', ends: ['reset'] },
    {
      name: 'server whose client asks after the end',
      network: 'tcp4',
      side: 'server',
      version: 'ipv4',
      ends: ['close', 'connect', 'exchange', 'close'],
    },
  ] as const)('$name', async (row, context) => {
    const { network, packets } = await prepare(context);
    const serverIsHere = row.side === 'server';
    const address = (serverIsHere ? network.here : network.there)[row.version];
    const options = ['multipath', 'bare'].filter((option) => option in row);
    const server = await startSockets(
      context,
      ['tcp-server', row.network, `${'any' in row ? row.any : address}:0`, ...options],
      serverIsHere ? [] : network.enter,
    );
    const client = await startSockets(
      context,
      ['tcp-client', row.network, `${address}:${server.port}`, ...options],
      serverIsHere ? network.enter : [],
    );

    await client.run('connect', 'exchange', ...('ends' in row ? row.ends : ['close']));

    const own = await takeFlow(packets, server.port);
    expect(strangers(own, () => [serverIsHere ? server.pid : client.pid])).toEqual([]);
    expect(own.map(({ flags }) => flags)).toEqual(expect.arrayContaining(['SYN', 'SYN ACK']));
    expect(own.length).toBeGreaterThan(8);
  });

  test.for([
    { name: 'that asks for its peers', options: ['prefork'] },
    { name: 'that accepts without asking for the peer', options: ['prefork', 'bare'] },
    { name: 'that speaks Multipath TCP', options: ['prefork', 'multipath'] },
  ])('a worker $name: until it has accepted, the listener’s', async ({ options }, context) => {
    const { network, packets } = await prepare(context);
    const server = await startSockets(context, ['tcp-server', 'tcp4', `${network.here.ipv4}:0`, ...options]);
    const worker = await server.worker();
    const client = await startSockets(
      context,
      ['tcp-client', 'tcp4', `${network.here.ipv4}:${server.port}`, ...options],
      network.enter,
    );

    await client.run('connect', 'exchange', 'close', 'connect', 'exchange', 'close');

    const own = await takeFlow(packets, server.port);
    expect(strangers(own, forkedServer(server.pid, worker, !options.includes('bare')))).toEqual([]);
    expect(own.filter(({ owner }) => owner?.pid === worker).length).toBeGreaterThan(12);
  });

  test('a connection that was handed over belongs to the process that accepted it', async (context) => {
    const { network, packets } = await prepare(context);
    const server = await startSockets(context, ['tcp-server', 'tcp4', `${network.here.ipv4}:0`, 'hand-over']);
    const client = await connectFromPeer(context, network, server);
    const worker = await server.worker();
    await client.run('exchange', 'close');

    const own = await takeFlow(packets, server.port);
    expect(worker).not.toBe(server.pid);
    expect(strangers(own, () => [server.pid])).toEqual([]);
  });

  test('connections and listeners that are older than the start', async (context) => {
    const { network } = await prepare(context);
    const server = await startSockets(context, ['tcp-server', 'tcp', ':0']);
    const remote = await connectFromPeer(context, network, server);
    const peer = await startSockets(context, ['tcp-server', 'tcp', ':0'], network.enter);
    const client = await startSockets(context, ['tcp-client', 'tcp', `${network.there.ipv4}:${peer.port}`]);
    await client.run('connect');
    const packets = startPackets({ interfaces: [network.interface] });

    await client.run('exchange', 'close');
    await remote.run('exchange', 'close', 'connect', 'exchange', 'close');

    const all = await takeAll(packets);
    expect(strangers(flow(all, server.port), () => [server.pid])).toEqual([]);
    expect(strangers(flow(all, peer.port), () => [client.pid])).toEqual([]);
    expect(flow(all, server.port).length).toBeGreaterThan(20);
    expect(flow(all, peer.port).length).toBeGreaterThan(8);
  });

  test('two processes with the same peer', async (context) => {
    const { network, packets } = await prepare(context);
    const server = await startSockets(context, ['tcp-server', 'tcp4', ':0'], network.enter);
    const args = ['tcp-client', 'tcp4', `${network.there.ipv4}:${server.port}`];
    const one = await startSockets(context, args);
    const other = await startSockets(context, args);
    for (const command of ['connect', 'exchange', 'close'])
      await Promise.all([one.run(command), other.run(command)]);

    const all = await takeAll(packets);
    expect(strangers(flow(all, one.localPort), () => [one.pid])).toEqual([]);
    expect(strangers(flow(all, other.localPort), () => [other.pid])).toEqual([]);
    expect(flow(all, server.port).length).toBeGreaterThan(16);
  });

  test.for(['127.0.0.1', '[::1]'])('on lo each packet is its sender’s: %s', async (address, context) => {
    const { packets } = await prepare(context);
    const server = await startSockets(context, ['tcp-server', 'tcp', `${address}:0`]);
    const client = await startSockets(context, ['tcp-client', 'tcp', `${address}:${server.port}`]);
    await client.run('connect', 'exchange', 'close');

    const own = await takeFlowOnLo(packets, server.port);
    expect(
      strangers(own, ({ sourcePort }) => [sourcePort === server.port ? server.pid : client.pid]),
    ).toEqual([]);
    expect(own.length).toBeGreaterThan(8);
  });
});

describe('the process of a UDP packet', () => {
  test.for(
    (['udp4', 'udp6'] as const).flatMap((network) =>
      (['server', 'client'] as const).flatMap((side) =>
        [[], ['unconnected']].map((options) => ({ network, side, options })),
      ),
    ),
  )('$network $side, its peer $options', async ({ network: kind, side, options }, context) => {
    const { network, packets } = await prepare(context);
    const serverIsHere = side === 'server';
    const address = (serverIsHere ? network.here : network.there)[kind === 'udp4' ? 'ipv4' : 'ipv6'];
    const enter = network.enter;
    const server = await startSockets(
      context,
      ['udp-server', kind, `${address}:0`],
      serverIsHere ? [] : enter,
    );
    const client = await startSockets(
      context,
      ['udp-client', kind, `${address}:${server.port}`, ...options],
      serverIsHere ? enter : [],
    );
    await client.run('connect', 'exchange', 'close');

    const own = await takeFlow(packets, server.port);
    expect(strangers(own, () => [serverIsHere ? server.pid : client.pid])).toEqual([]);
    expect(own).toHaveLength(6);
  });

  test.for(['ipv4', 'ipv6'] as const)('all fragments of a datagram: %s', async (version, context) => {
    const { network, packets } = await prepare(context);
    const server = await startSockets(context, ['udp-server', 'udp', ':0']);
    const client = await startSockets(
      context,
      ['udp-client', 'udp', `${network.here[version]}:${server.port}`, 'unconnected'],
      network.enter,
    );
    await client.run('connect', 'fragments');

    const all = (await takeAll(packets)).filter(
      (packet) => packet.protocol === 'udp' && packet.interface !== 'lo',
    );
    expect(strangers(all, () => [server.pid])).toEqual([]);
    expect(all.filter(({ sourcePort }) => sourcePort === undefined).length).toBeGreaterThanOrEqual(24);
  });

  test('a worker that inherited the socket, once it has answered', async (context) => {
    const { network, packets } = await prepare(context);
    const server = await startSockets(context, ['udp-server', 'udp', ':0', 'prefork']);
    const worker = await server.worker();
    const client = await startSockets(
      context,
      ['udp-client', 'udp', `${network.here.ipv4}:${server.port}`],
      network.enter,
    );
    await client.run('connect', 'exchange');

    const [first, ...others] = await takeFlow(packets, server.port);
    expect([server.pid, worker]).toContain(first?.owner?.pid);
    expect(strangers(others, () => [worker])).toEqual([]);
    expect(others).toHaveLength(5);
  });
});

describe('filtered for one process, the kernel keeps its flows whole and no others', () => {
  test('among 15 others, to the same peer and on lo', async (context) => {
    const { network } = await prepare(context);
    const there = await startSockets(context, ['tcp-server', 'tcp4', ':0'], network.enter);
    const local = await startSockets(context, ['tcp-server', 'tcp4', '127.0.0.1:0']);
    const args = ['tcp-client', 'tcp4', `${network.there.ipv4}:${there.port}`];
    const clients = await Promise.all(Array.from({ length: 16 }, async () => startSockets(context, args)));
    const onLo = await startSockets(context, ['tcp-client', 'tcp4', `127.0.0.1:${local.port}`]);
    const wanted = clients[7];
    const packets = startPackets({
      interfaces: [network.interface, 'lo'],
      pids: [wanted?.pid ?? 0, local.pid],
    });
    await Promise.all(clients.map(async (client) => client.run('connect', 'exchange', 'close')));
    await onLo.run('connect', 'exchange', 'close');

    const all = await takeAll(packets);
    const lo = all.filter((packet) => packet.interface === 'lo');
    const veth = all.filter((packet) => packet.interface === network.interface);
    expect(flow(veth, wanted?.localPort ?? 0)).toEqual(veth);
    expectWhole(veth, there.port);
    expect(strangers(veth, () => [wanted?.pid])).toEqual([]);
    // Each packet between the two is the server's, too.
    expect(
      lo.filter(({ sourcePort, destinationPort }) => ![sourcePort, destinationPort].includes(local.port)),
    ).toEqual([]);
    expectWhole(lo, local.port);
    expect(strangers(lo, () => [local.pid])).toEqual([]);
  });
});

test('without hooks of control groups: TCP by tracepoints', async (context) => {
  const { network } = await prepare(context);
  const packets = startPackets({ interfaces: [network.interface], onlyTracepoints: true });
  const server = await startSockets(context, ['tcp-server', 'tcp4', `${network.here.ipv4}:0`, 'prefork']);
  const worker = await server.worker();
  const remote = await connectFromPeer(context, network, server);
  const peer = await startSockets(context, ['tcp-server', 'tcp4', ':0'], network.enter);
  const client = await startSockets(context, ['tcp-client', 'tcp4', `${network.there.ipv4}:${peer.port}`]);
  await remote.run('exchange', 'close');
  await client.run('connect', 'exchange', 'close');

  const all = await takeAll(packets);
  expect(strangers(flow(all, server.port), forkedServer(server.pid, worker, false))).toEqual([]);
  expect(strangers(flow(all, peer.port), () => [client.pid])).toEqual([]);
});

async function prepare(
  context: TestContext,
): Promise<{ readonly network: PeerNetwork; readonly packets: OwnedPackets }> {
  await needCapture(context);
  network ??= await makePeerNetwork();
  packets ??= new OwnedPackets({ interfaces: [network.interface, 'lo'] });
  packets.take();
  return { network, packets };
}

/** A capture of its own, beside the common one. */
function startPackets(settings: ConstructorParameters<typeof OwnedPackets>[0]): OwnedPackets {
  const packets = new OwnedPackets(settings);
  onTestFinished(() => packets[Symbol.dispose]());
  return packets;
}

async function connectFromPeer(
  context: TestContext,
  network: PeerNetwork,
  server: SocketProgram,
): Promise<SocketProgram> {
  const args = ['tcp-client', 'tcp', `${network.here.ipv4}:${server.port}`];
  const client = await startSockets(context, args, network.enter);
  await client.run('connect');
  return client;
}

async function takeAll(packets: OwnedPackets): Promise<readonly OwnedPacket[]> {
  await sleep(settleMs);
  return packets.take();
}

async function takeFlow(packets: OwnedPackets, port: number): Promise<readonly OwnedPacket[]> {
  return flow(await takeAll(packets), port);
}

/** Other programs of the machine speak on lo, too. */
async function takeFlowOnLo(packets: OwnedPackets, port: number): Promise<readonly OwnedPacket[]> {
  const own = (await takeAll(packets)).filter(({ protocol }) => protocol === 'tcp');
  return own.filter(({ interface: name, sourcePort, destinationPort }) => {
    return name === 'lo' && (sourcePort === port || destinationPort === port);
  });
}

/** Of what went over the cable. */
function flow(packets: readonly OwnedPacket[], port: number): readonly OwnedPacket[] {
  return packets.filter(
    (packet) => packet.interface !== 'lo' && (packet.sourcePort === port || packet.destinationPort === port),
  );
}

/** Packets whose owner is not one of those it may be, or not known. */
function strangers(
  packets: readonly OwnedPacket[],
  ownersOf: (packet: OwnedPacket) => readonly (number | undefined)[],
): string[] {
  return packets
    .filter((packet) => !ownersOf(packet).includes(packet.owner?.pid))
    .map((packet) => {
      const { direction, sourcePort, destinationPort, flags, owner } = packet;
      return `${direction} ${sourcePort} > ${destinationPort} ${flags}: ${owner?.pid}, not ${ownersOf(packet).join()}`;
    });
}

/**
 * SYN, SYN ACK and the ACK that follows come before any process has accepted; later ACKs look the same. Where it is not
 * seen who accepts, what comes until the worker has answered is not known, but never said to be the listener's.
 */
function forkedServer(
  listener: number,
  worker: number,
  seesAccept: boolean,
): (packet: OwnedPacket) => readonly (number | undefined)[] {
  const answered = new Set<number | undefined>();
  return ({ flags, direction, sourcePort, destinationPort }) => {
    if (flags.includes('SYN')) return [listener];
    if (direction === 'out' && flags.includes('PSH')) answered.add(destinationPort);
    const isKnown = seesAccept || answered.has(direction === 'in' ? sourcePort : destinationPort);
    const owners = isKnown ? [worker] : [worker, undefined];
    return flags === 'ACK' && direction === 'in' ? [...owners, listener] : owners;
  };
}

/** Of one or more connections to `port`: each begins with SYN and SYN ACK, and both sides' FIN are there. */
function expectWhole(packets: readonly OwnedPacket[], port: number): void {
  const count = (flags: string, fromServer: boolean): number =>
    packets.filter((packet) => packet.flags.includes(flags) && (packet.sourcePort === port) === fromServer)
      .length;
  expect(count('SYN', false)).toBe(1);
  expect(count('SYN', true)).toBe(1);
  expect(count('FIN', false)).toBe(1);
  expect(count('FIN', true)).toBe(1);
  expect(packets.length).toBeGreaterThan(8);
}
