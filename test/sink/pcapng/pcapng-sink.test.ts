import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { CaptureEvent, PacketOwner } from '../../../src/event/event.ts';
import { buildClientHello, buildEthernet, buildTcp } from '../../packet/build-packet.ts';
import { pseudoRandomBytes } from '../../support/pseudo-random.ts';
import { parsePackets, parsePcapng, parseSecrets } from './parse-pcapng.ts';
import {
  clockOffsetNs,
  interfaceEvent,
  packetEvent,
  PcapngScenario,
  secretEvent,
} from './pcapng-scenario.ts';
import { readWith } from './tshark.ts';

// Readers of capture files take a second to start, and many times that on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const caddy: PacketOwner = { pid: 812, uid: 0, comm: 'caddy' };
const clientRandom = '0123456789abcdef'.repeat(4);
const tls13Labels = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
] as const;
const ends = { source: ['10.0.0.1', 40_000], destination: ['10.0.0.2', 443] } as const;
const back = { source: ends.destination, destination: ends.source } as const;
const hello = buildEthernet(buildTcp({ ...ends, payload: buildClientHello(clientRandom) }));
const data = (text: string): Buffer => buildEthernet(buildTcp({ ...back, payload: Buffer.from(text) }));
const tick = (timeNs: number): CaptureEvent => ({ type: 'tick', timeNs });

test('a packet keeps its bytes, length, time to the nanosecond, direction and process', async () => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  const bytes = Buffer.from('0123456789abcdef0');
  sink.handle(packetEvent(bytes, { timeNs: 4_294_967_297, lengthBytes: 90, direction: 'out', owner: caddy }));
  sink.end();
  const [packet] = parsePackets(scenario.read());
  expect(packet).toMatchObject({
    interfaceIndex: 0,
    timeNs: clockOffsetNs + 4_294_967_297n,
    originalBytes: 90,
    comments: ['pid=812 comm=caddy'],
    flags: 2,
  });
  expect(packet?.data.equals(bytes)).toBe(true);
  expect(parsePcapng(scenario.read()).map((block) => block.type)).toEqual([0x0a0d0d0a, 1, 10, 6, 5]);
});

test('any packets: the file is well-formed, and each is what it was', async () => {
  const packet = fc.record({
    bytes: fc.uint8Array({ maxLength: 300 }),
    more: fc.nat(2000),
    timeNs: fc.nat(2 ** 31 - 1),
    interfaceId: fc.nat(2),
    direction: fc.constantFrom('in', 'out'),
    owner: fc.option(fc.record({ pid: fc.nat(99_999), uid: fc.nat(9), comm: fc.string({ maxLength: 15 }) })),
    secret: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 60 }), async (packets) => {
      await using scenario = new PcapngScenario();
      for (const id of [0, 1, 2]) scenario.sink.handle(interfaceEvent({ id, name: `eth${id}` }));
      for (const [i, { bytes, more, secret, ...rest }] of packets.entries()) {
        scenario.sink.handle(packetEvent(bytes, { ...rest, lengthBytes: bytes.length + more }));
        if (secret)
          scenario.sink.handle(secretEvent('CLIENT_RANDOM', i.toString(16).padStart(64, '0'), rest.timeNs));
      }
      scenario.sink.end();
      const read = parsePackets(scenario.read());
      expect(read).toHaveLength(packets.length);
      for (const [i, { data, originalBytes, timeNs, interfaceIndex, flags, comments }] of read.entries()) {
        const sent = packets[i];
        if (sent === undefined) throw new Error('more packets than were sent');
        expect(data.equals(sent.bytes)).toBe(true);
        expect(originalBytes).toBe(sent.bytes.length + sent.more);
        expect(timeNs).toBe(clockOffsetNs + BigInt(sent.timeNs));
        expect(interfaceIndex).toBe(sent.interfaceId);
        expect(flags).toBe(sent.direction === 'out' ? 2 : 1);
        expect(comments).toHaveLength(sent.owner === null ? 0 : 1);
      }
    }),
    { numRuns: 60 },
  );
});

test('tshark, capinfos and tcpdump read the file, with processes, drops and what it was filtered by', async (context) => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent({ filter: 'tcp port 443', namespace: 'blue' }));
  sink.handle({
    type: 'process',
    timeNs: 0,
    pid: 812,
    comm: 'caddy',
    exe: '/usr/bin/caddy',
    container: '4f5e6a',
  });
  sink.handle(packetEvent(data('one'), { timeNs: 1000, owner: caddy, direction: 'out' }));
  sink.handle(secretEvent('CLIENT_RANDOM', clientRandom));
  sink.handle(packetEvent(data('two'), { timeNs: 2000 }));
  sink.handle({ type: 'interface-counters', timeNs: 3000, id: 0, receivedPackets: 7, droppedPackets: 4 });
  sink.end();
  const fields = [
    'frame.time_epoch',
    'frame.packet_flags_direction',
    'frame.interface_name',
    'frame.comment',
  ];
  const args = ['-r', scenario.path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  expect(await readWith(context, 'tshark', args)).toEqual([
    '1790000000.000001000\t0x00000002\teth0\tpid=812 comm=caddy container=4f5e6a',
    '1790000000.000002000\t0x00000001\teth0\t',
  ]);
  const about = (await readWith(context, 'capinfos', [scenario.path])).join('\n').replaceAll(/ +/g, ' ');
  for (const line of [
    'Number of packets: 2',
    'Capture application: tlstap 0.0.0',
    'Capture oper-sys: Linux 6.12.0',
    'Capture hardware: x86_64',
    'Description = in network namespace blue',
    'Filter string = tcp port 443',
    'Time precision = nanoseconds (9)',
    'Number of decryption secrets in file: 2',
  ]) {
    expect(about).toContain(line);
  }
  expect(await readWith(context, 'tcpdump', ['-nn', '-r', scenario.path])).toHaveLength(2);
  const statistics = parsePcapng(scenario.read()).find((block) => block.type === 5)?.options ?? [];
  const counters = statistics
    .filter(([code]) => code >= 4)
    .map(([code, value]) => [code, value.readBigUInt64LE()]);
  // Received, dropped in all, dropped by the ring, written.
  expect(counters).toEqual([
    [4, 7n],
    [5, 4n],
    [7, 4n],
    [8, 2n],
  ]);
});

test('several kinds of interfaces: cooked packets, which tshark and tcpdump read', async (context) => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent({ id: 0 }));
  sink.handle(interfaceEvent({ id: 1, name: 'tun0', index: 9, linkType: 'raw' }));
  sink.handle(packetEvent(data('one')));
  sink.handle(
    packetEvent(buildTcp({ ...ends, payload: Buffer.from('two') }), { interfaceId: 1, direction: 'out' }),
  );
  sink.handle(interfaceEvent({ id: 2, name: 'eth9', index: 12 }));
  sink.handle(packetEvent(data('three'), { interfaceId: 2 }));
  sink.end();
  const fields = ['sll.pkttype', 'sll.ifindex', 'ip.src', 'tcp.len', 'frame.interface_name'];
  const args = ['-r', scenario.path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  expect(await readWith(context, 'tshark', args)).toEqual([
    '0\t2\t10.0.0.2\t3\teth0',
    '4\t9\t10.0.0.1\t3\ttun0',
    '0\t12\t10.0.0.2\t5\teth9',
  ]);
  expect(await readWith(context, 'tcpdump', ['-nn', '-r', scenario.path])).toHaveLength(3);
});

test('an interface of another kind that comes later is given the link layer of the file', async (context) => {
  await using scenario = new PcapngScenario();
  scenario.sink.handle(interfaceEvent());
  scenario.sink.handle(packetEvent(data('one')));
  scenario.sink.handle(interfaceEvent({ id: 1, name: 'tun0', index: 9, linkType: 'raw' }));
  scenario.sink.handle(packetEvent(buildTcp({ ...ends, payload: Buffer.from('two') }), { interfaceId: 1 }));
  scenario.sink.end();
  expect(await readWith(context, 'tcpdump', ['-nn', '-r', scenario.path])).toHaveLength(2);
  expect(parsePackets(scenario.read())[1]?.data.toString('hex', 0, 14)).toBe(`${'0'.repeat(24)}0800`);
});

test('from a ClientHello on, packets come after the secrets; what came before does not wait', async () => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  sink.handle(packetEvent(data('before'), { timeNs: 1 }));
  sink.handle(packetEvent(hello, { timeNs: 2 }));
  sink.handle(packetEvent(data('server hello'), { timeNs: 3 }));
  sink.flush();
  expect(parsePackets(scenario.read())).toHaveLength(1);
  for (const label of tls13Labels) {
    expect(parsePackets(scenario.read())).toHaveLength(1);
    sink.handle(secretEvent(label, clientRandom, 400e6));
    sink.flush();
  }
  expect(parsePackets(scenario.read())).toHaveLength(3);
  sink.handle(packetEvent(data('after'), { timeNs: 500e6 }));
  sink.flush();
  const types = parsePcapng(scenario.read()).map((block) => block.type);
  expect(types).toEqual([0x0a0d0d0a, 1, 10, 6, 10, 10, 10, 10, 6, 6, 6]);
});

test('one line is enough for TLS 1.2, a label that is no secret of records is not', async () => {
  await using scenario = new PcapngScenario();
  scenario.sink.handle(interfaceEvent());
  scenario.sink.handle(packetEvent(hello));
  scenario.sink.handle(secretEvent('EXPORTER_SECRET', clientRandom));
  scenario.sink.flush();
  expect(parsePackets(scenario.read())).toHaveLength(0);
  scenario.sink.handle(secretEvent('CLIENT_RANDOM', clientRandom));
  scenario.sink.flush();
  expect(parsePackets(scenario.read())).toHaveLength(1);
});

test('nothing waits for secrets longer than a second, nor after one was given up', async () => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  sink.handle(packetEvent(hello, { timeNs: 100 }));
  sink.handle(tick(999e6));
  expect(parsePackets(scenario.read())).toHaveLength(0);
  sink.handle(tick(1000e6 + 100));
  expect(parsePackets(scenario.read())).toHaveLength(1);
  // HelloRetryRequest: the second ClientHello has the same random.
  sink.handle(packetEvent(hello, { timeNs: 1100e6 }));
  sink.flush();
  expect(parsePackets(scenario.read())).toHaveLength(2);
  expect(sink.totals).toMatchObject({ unfinishedHandshakes: 1, lateSecrets: 0 });
});

test('no more than 64 MiB wait', async () => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  const big = pseudoRandomBytes(200_000, 1);
  const order: number[] = [];
  for (let i = 0; i < 400; i += 1) {
    if (i % 100 === 0) sink.handle(packetEvent(helloOf(i), { timeNs: order.push(i) }));
    sink.handle(packetEvent(big, { timeNs: order.push(i), lengthBytes: 200_000 + i }));
  }
  expect(sink.totals.mostHeldBytes).toBeGreaterThan(60 * 2 ** 20);
  expect(sink.totals.mostHeldBytes).toBeLessThan(65 * 2 ** 20);
  expect(sink.totals.unfinishedHandshakes).toBe(1);
  sink.end();
  const times = parsePackets(scenario.read()).map(({ timeNs }) => Number(timeNs - clockOffsetNs));
  expect(times).toEqual(order.map((_, i) => i + 1));
});

test('where no secrets can come, nothing waits; where none are wanted, nothing is looked for', async () => {
  await using unexpected = new PcapngScenario({ expectsSecrets: ({ owner }) => owner?.comm !== 'caddy' });
  unexpected.sink.handle(interfaceEvent());
  unexpected.sink.handle(packetEvent(hello, { owner: caddy }));
  unexpected.sink.flush();
  expect(parsePackets(unexpected.read())).toHaveLength(1);

  await using unwanted = new PcapngScenario({ wantsSecrets: false });
  unwanted.sink.handle(interfaceEvent());
  unwanted.sink.handle(packetEvent(hello));
  unwanted.sink.handle(secretEvent('CLIENT_RANDOM', clientRandom));
  unwanted.sink.flush();
  expect(parsePcapng(unwanted.read()).map((block) => block.type)).toEqual([0x0a0d0d0a, 1, 6]);
});

test('each secret is written once, and before the first packet those that came before it', async () => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(secretEvent('CLIENT_RANDOM', clientRandom));
  sink.handle(interfaceEvent());
  sink.handle(packetEvent(hello));
  sink.handle(secretEvent('CLIENT_RANDOM', clientRandom));
  sink.end();
  expect(parseSecrets(scenario.read())).toEqual([`CLIENT_RANDOM ${clientRandom} ${'5e'.repeat(48)}`]);
  expect(parsePcapng(scenario.read()).map((block) => block.type)).toEqual([0x0a0d0d0a, 1, 10, 10, 6, 5]);
});

test('a packet that readers refuse is split, and says so', async (context) => {
  await using scenario = new PcapngScenario();
  scenario.sink.handle(interfaceEvent());
  const payload = pseudoRandomBytes(300_000, 3);
  const packet = buildEthernet(buildTcp({ ...ends, payload }));
  scenario.sink.handle(packetEvent(packet, { owner: caddy }));
  scenario.sink.handle(
    packetEvent(buildEthernet(buildTcp({ ...back, payload: payload.subarray(0, 200_000) }))),
  );
  scenario.sink.handle(packetEvent(Buffer.alloc(300_000)));
  scenario.sink.end();
  const packets = parsePackets(scenario.read());
  const whole = `a packet of ${packet.length.toLocaleString('en-US')} bytes`;
  expect(packets.map(({ comments }) => comments.at(-1))).toEqual([
    ...[1, 2, 3, 4, 5].map((part) => `tlstap: part ${part} of 5 of ${whole}, split into TCP segments`),
    undefined,
    'tlstap: a packet of 300,000 bytes, cut off: files hold no longer ones',
  ]);
  expect(packets[0]?.comments[0]).toBe('pid=812 comm=caddy');
  const sum = ['-o', 'tcp.check_checksum:TRUE', '-T', 'fields', '-e', 'tcp.len', '-e', 'tcp.checksum.status'];
  const lines = await readWith(context, 'tshark', ['-r', scenario.path, '-Y', 'tcp', ...sum]);
  expect(lines.slice(0, 5).map((line) => line.split('\t')[1])).toEqual(['1', '1', '1', '1', '1']);
  expect(lines.slice(0, 5).reduce((total, line) => total + Number(line.split('\t')[0]), 0)).toBe(300_000);
});

test('after a number of packets it is finished, once none of them waits', async () => {
  await using scenario = new PcapngScenario({ packetCount: 2 });
  const { sink, said } = scenario;
  sink.handle(interfaceEvent());
  for (const packet of [data('one'), hello, data('three')]) sink.handle(packetEvent(packet));
  expect(said).toEqual([]);
  sink.handle(secretEvent('CLIENT_RANDOM', clientRandom));
  expect(said).toEqual(['finished']);
  sink.end();
  expect(parsePackets(scenario.read())).toHaveLength(2);
});

test('without a packet, or an interface, there is still a file', async (context) => {
  await using scenario = new PcapngScenario();
  scenario.sink.end();
  expect(parsePcapng(scenario.read()).map((block) => block.type)[0]).toBe(0x0a0d0d0a);
  await readWith(context, 'tshark', ['-r', scenario.path]);
  await using quiet = new PcapngScenario();
  quiet.sink.handle(interfaceEvent());
  quiet.sink.handle(tick(1));
  expect(await readWith(context, 'tcpdump', ['-r', quiet.path])).toEqual([]);
});

test('at any moment after a tick the file is whole', async () => {
  await using scenario = new PcapngScenario();
  scenario.sink.handle(interfaceEvent());
  for (let i = 0; i < 30; i += 1) {
    scenario.sink.handle(packetEvent(pseudoRandomBytes(100_000, i), { timeNs: i * 30e6 }));
    const blocks = parsePackets(i < 4 ? Buffer.concat([scenario.read(), minimal]) : scenario.read());
    // No older than 100 ms while packets come.
    expect(blocks.length).toBeGreaterThanOrEqual(i - 4);
  }
});

/** For what is read before anything was written. */
const minimal = Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex');

function helloOf(number: number): Buffer {
  const payload = buildClientHello(number.toString(16).padStart(64, '0'));
  return buildEthernet(buildTcp({ ...ends, payload }));
}
