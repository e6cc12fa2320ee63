import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { sendFrames } from '../support/frame-sender.ts';
import { makeNetworkPair, type NetworkEnd } from '../support/network-pair.ts';
import { packetPath, readPackets } from '../support/packet-file.ts';
import { projectPaths } from '../support/project-paths.ts';
import { pseudoRandomBytes } from '../support/pseudo-random.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { startTcpdump } from '../support/tcpdump.ts';
import { sendDatagrams } from '../support/udp-sender.ts';

const addresses = '02000000000202000000000a';
const tag8021q = (id: number): string => `8100${(0x6000 | id).toString(16).padStart(4, '0')}`;
const tag8021ad = (id: number): string => `88a8${id.toString(16).padStart(4, '0')}`;
const ipv4 = '0800450000300001000040110000c6336401c6336402';
const ipv4Fragment = '0800450000300001200040110000c6336401c6336402';
const ipv6Extensions = `86dd60000000003800ff${'20010db8'.padEnd(32, '1')}${'20010db8'.padEnd(32, '2')}3c00000000000000`;

/** Heads of frames; each is sent with payloads of several lengths. */
const heads = [
  ipv4,
  ipv4Fragment,
  ipv6Extensions,
  tag8021q(5) + ipv4,
  tag8021q(0) + ipv4,
  tag8021q(4095) + ipv6Extensions,
  tag8021ad(7) + ipv4,
  tag8021ad(7) + tag8021q(8) + ipv4,
  tag8021q(1) + tag8021q(2) + tag8021q(3) + ipv4,
  tag8021q(9),
  tag8021ad(1) + tag8021q(2),
  `${tag8021q(9)}0806`,
  '0806000108000604000100000000000ac63364010000000000 00c6336402'.replace(' ', ''),
  '88cc0207',
  '0010aaaa03',
  '9999',
];

const payloads = [0, 1, 3, 18, 46, 130, 178, 179, 1000, 1430];

test('tagged, nested, fragmented, odd and short frames are those that tcpdump sees', async (context) => {
  await needCapture(context);
  const { left, right } = await makeNetworkPair();
  const dump = await startTcpdump(context, right, packetPath('dump.pcap'), ['-Q', 'in']);
  const path = packetPath();
  const capture = await Capture.start({
    args: [
      ...['gotls', '-m', 'pcap', '-e', needProgram(context, 'idle')],
      ...['-i', `${right.namespace}:${right.device}`, '--direction', 'in', '-w', path],
    ],
  });
  onTestFinished(() => capture.dispose());
  const frames = heads.flatMap((head, index) =>
    payloads.map((bytes) =>
      Buffer.concat([Buffer.from(addresses + head, 'hex'), pseudoRandomBytes(bytes, index + bytes)]),
    ),
  );
  await sendFrames(left, frames);
  const reference = await dump.stop();
  await capture.stop();

  const packets = readPackets(path);
  expect(reference.lost).toBe(0);
  expect(reference.frames.length).toBeGreaterThan(frames.length * 0.9);
  expect(packets.map(({ data }) => data.toString('hex'))).toEqual(
    reference.frames.map(({ bytes }) => bytes.toString('hex')),
  );
  expect(packets.map(({ originalBytes }) => originalBytes)).toEqual(
    reference.frames.map(({ originalBytes }) => originalBytes),
  );
});

test('what the interface counts is what was written, dropped and filtered, with a ring that is too small', async (context) => {
  await needCapture(context);
  const { left, right } = await makeNetworkPair();
  const path = packetPath();
  const capture = await Capture.start({
    args: [
      ...['gotls', '-m', 'pcap', '-e', needProgram(context, 'idle'), '--buffer-size', '64K', '--json'],
      ...['-i', `${left.namespace}:${left.device}`, '-w', path, 'udp', 'dst', 'port', '1111'],
    ],
  });
  onTestFinished(() => capture.dispose());
  const before = await countOnDevice(left.enter, left.device);
  // A reader that is not there for a while cannot empty a ring of 64 KiB.
  process.kill(capture.pid, 'SIGSTOP');
  await sendDatagrams(left, right, { count: 300, bytes: 1000, port: 1111 });
  await sendDatagrams(left, right, { count: 50, bytes: 100, port: 2222 });
  process.kill(capture.pid, 'SIGCONT');
  await sendDatagrams(left, right, { count: 100, bytes: 30, port: 1111 });
  const { stderr } = await capture.stop();
  const after = await countOnDevice(left.enter, left.device);

  const packets = readPackets(path);
  const [end] = capture.records('end');
  const totals = end?.['packets'] as { packets: number; received: number; dropped: number };
  expect(totals.dropped).toBeGreaterThan(200);
  expect(totals.packets + totals.dropped).toBe(400);
  expect(packets).toHaveLength(totals.packets);
  expect(totals.received).toBe(after - before);
  expect(stderr).toMatch(
    new RegExp(`${totals.dropped} packets dropped: ring full\\.  Try --buffer-size 128K`),
  );
  // In the file, too: the statistics of the interface.
  const { stdout } = await runCommand('capinfos', ['-M', path], { timeoutMs: 20_000 });
  expect(stdout).toMatch(
    new RegExp(`Number of packets: +${totals.packets}|Number of packets = ${totals.packets}`),
  );
});

test('a recording gives the same file', async (context) => {
  await needCapture(context);
  const { left, right } = await makeNetworkPair();
  const [path, record, replayed] = [packetPath(), packetPath('run.tlstap'), packetPath()];
  const capture = await Capture.start({
    args: [
      ...['gotls', '-m', 'pcap', '-e', needProgram(context, 'idle'), '--record', record],
      ...['-i', `${left.namespace}:any`, '-w', path],
    ],
  });
  onTestFinished(() => capture.dispose());
  await sendDatagrams(left, right, { count: 50, bytes: 1000 });
  await sendDatagrams(left, { ...left, ipv4: '127.0.0.1' }, { count: 50, bytes: 20_000 });
  await capture.stop();
  const { main } = projectPaths;
  const replay = await runCommand(process.execPath, [main, 'replay', record, '-m', 'pcap', '-w', replayed], {
    timeoutMs: 30_000,
  });

  expect(replay.stderr).toMatch(/\d+ packets/);
  expect(readPackets(path).length).toBeGreaterThanOrEqual(100);
  expect(readFileSync(replayed).equals(readFileSync(path))).toBe(true);
});

/** Packets that a device has received and sent. */
async function countOnDevice(enter: NetworkEnd['enter'], device: string): Promise<number> {
  const [command, ...args] = [...enter, 'ip', '-j', '-s', 'link', 'show', 'dev', device];
  const { stdout } = await runCommand(command, args, { timeoutMs: 10_000 });
  const [link] = JSON.parse(stdout) as { stats64: { rx: { packets: number }; tx: { packets: number } } }[];
  if (link === undefined) throw new Error(stdout);
  return link.stats64.rx.packets + link.stats64.tx.packets;
}
