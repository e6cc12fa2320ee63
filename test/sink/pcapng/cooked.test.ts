import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, type TestContext, vi } from 'vitest';
import type { InterfaceEvent, PacketDirection } from '../../../src/event/event.ts';
import { findCommand } from '../../support/find-command.ts';
import { parsePackets } from './parse-pcapng.ts';
import { interfaceEvent, packetEvent, PcapngScenario } from './pcapng-scenario.ts';
import { parsePcap } from './tls-traffic.ts';

// Readers of capture files take a second to start, and many times that on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// Two interfaces of a namespace of its own, captured as they are and by `tcpdump -i any`: cooked by us, the frames of the
// first must be those of the second.

test('packets are cooked byte for byte as `tcpdump -i any` writes them', async (context) => {
  const namespace = makeNamespace(context);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-cooked-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const files = { any: `${folder}/any`, v0in: `${folder}/in`, v0out: `${folder}/out`, lo: `${folder}/lo` };
  const recorders = [
    await record(namespace, files.any, ['-i', 'any', '-y', 'LINUX_SLL2']),
    await record(namespace, files.v0in, ['-i', 'v0', '-Q', 'in']),
    await record(namespace, files.v0out, ['-i', 'v0', '-Q', 'out']),
    await record(namespace, files.lo, ['-i', 'lo', '-Q', 'in']),
  ];
  inNamespace(namespace, [process.execPath, '-e', traffic]);
  await sleep(1000);
  for (const recorder of recorders) {
    recorder.kill('SIGINT');
    await once(recorder, 'exit');
  }
  const hardwareAddress = inNamespace(namespace, ['cat', '/sys/class/net/v0/address']).trim();
  const index = (name: string): number =>
    Number(inNamespace(namespace, ['cat', `/sys/class/net/${name}/ifindex`]));
  const v0 = interfaceEvent({ id: 0, name: 'v0', index: index('v0'), hardwareAddress });
  const lo = interfaceEvent({ id: 1, name: 'lo', index: index('lo'), hardwareType: 772 });
  const cooked = [
    ...(await cook(v0, files.v0in, 'in')),
    ...(await cook(v0, files.v0out, 'out')),
    // Of loopback we see what is sent, tcpdump what is received: they are the same frames.
    ...(await cook(lo, files.lo, 'out')),
  ];
  const known = new Set([v0.index, lo.index]);
  const expected = parsePcap(fs.readFileSync(files.any))
    .filter(({ bytes }) => known.has(bytes.readUInt32BE(4)))
    .map(({ bytes }) => bytes.toString('hex'))
    .filter(isSentOnPurpose);
  expect(expected.length).toBeGreaterThan(20);
  expect(cooked.filter(isSentOnPurpose).sort()).toEqual(expected.sort());
});

/** UDP over IPv4 and IPv6, both ways, broadcast, multicast, over loopback, and with ARP and neighbour discovery before. */
const traffic = `
const dgram = require('node:dgram');
const net = require('node:net');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const targets = {
  udp4: ['10.99.0.2', '10.99.0.255', '224.0.0.251', '127.0.0.1'],
  udp6: ['fd99::2', 'ff02::1%v0', '::1'],
};
(async () => {
  await sleep(1500);
  for (const [type, addresses] of Object.entries(targets)) {
    const socket = dgram.createSocket(type);
    await new Promise((resolve) => socket.bind(0, resolve));
    if (type === 'udp4') socket.setBroadcast(true);
    for (const address of addresses) {
      for (let i = 0; i < 3; i += 1) {
        await new Promise((resolve) => socket.send(Buffer.alloc(i * 30), 9, address, resolve));
        await sleep(30);
      }
    }
    socket.close();
  }
  for (const host of ['10.99.0.2', 'fd99::2']) net.connect(9, host).on('error', () => {});
  await sleep(300);
})();
`;

/** ARP, IPv4, and of IPv6 what is UDP or TCP: the rest the kernel sends whenever it likes, also before all recorders run. */
function isSentOnPurpose(cooked: string): boolean {
  const bytes = Buffer.from(cooked, 'hex');
  return bytes.readUInt16BE(0) !== 0x86dd || bytes[26] === 17 || bytes[26] === 6;
}

async function cook(
  event: InterfaceEvent,
  file: string,
  direction: PacketDirection,
): Promise<readonly string[]> {
  await using scenario = new PcapngScenario({ linkLayer: 'cooked', wantsSecrets: false });
  scenario.sink.handle({ ...event, id: 0 });
  for (const { bytes } of parsePcap(fs.readFileSync(file)))
    scenario.sink.handle(packetEvent(bytes, { direction }));
  scenario.sink.end();
  return parsePackets(scenario.read()).map(({ data }) => data.toString('hex'));
}

function makeNamespace(context: TestContext): string {
  if (process.getuid?.() !== 0) context.skip('network namespaces need root');
  for (const command of ['ip', 'tcpdump']) {
    if (findCommand(command) === undefined) context.skip(`${command} is not installed`);
  }
  const namespace = `tlstap-cooked-${process.pid}`;
  const other = `${namespace}-b`;
  for (const name of [namespace, other]) {
    const added = spawnSync('ip', ['netns', 'add', name]);
    if (added.status !== 0) context.skip(`no network namespace: ${added.stderr.toString()}`);
    onTestFinished(() => void spawnSync('ip', ['netns', 'del', name]));
  }
  for (const command of [
    `ip -n ${namespace} link add v0 type veth peer name v1 netns ${other}`,
    `ip -n ${namespace} addr add 10.99.0.1/24 dev v0`,
    `ip -n ${namespace} addr add fd99::1/64 dev v0 nodad`,
    `ip -n ${other} addr add 10.99.0.2/24 dev v1`,
    `ip -n ${other} addr add fd99::2/64 dev v1 nodad`,
    `ip -n ${namespace} link set lo up`,
    `ip -n ${namespace} link set v0 up`,
    `ip -n ${other} link set v1 up`,
  ]) {
    const [name = '', ...args] = command.split(' ');
    const result = spawnSync(name, args);
    if (result.status !== 0) throw new Error(`${command}: ${result.stderr.toString()}`);
  }
  return namespace;
}

async function record(namespace: string, file: string, args: readonly string[]): Promise<ChildProcess> {
  const common = [
    '-U',
    '--immediate-mode',
    '-s',
    '70000',
    '-B',
    '16384',
    '--time-stamp-precision=nano',
    '-w',
    file,
  ];
  const recorder = spawn('ip', ['netns', 'exec', namespace, 'tcpdump', ...common, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(recorder.stderr, 'data');
  return recorder;
}

function inNamespace(namespace: string, command: readonly string[]): string {
  const result = spawnSync('ip', ['netns', 'exec', namespace, ...command], { timeout: 20_000 });
  if (result.status !== 0) throw new Error(`${command.join(' ')}: ${result.stderr.toString()}`);
  return result.stdout.toString();
}
